"""What people do in the browser in Spanish."""

from playwright.sync_api import Page


def open_the_form(page: Page) -> None:
    page.goto("/es/consultation/request/")


def leave_everything_empty(page: Page) -> None:
    open_the_form(page)
    page.get_by_role("button", name="Revise sus respuestas").click()
    page.get_by_role("heading", name="Hay un problema").wait_for()


def check_the_answers(page: Page) -> None:
    open_the_form(page)
    page.get_by_label("No, nada de esto").check()
    page.get_by_label("Nombre completo").fill("Caléndula Persona")
    page.get_by_label("¿A qué número le llamamos?").fill("(555) 010-0179")
    page.get_by_label("En la mañana").check()
    page.get_by_role("group", name="¿Podemos dejarle un mensaje?").get_by_label("Sí").check()
    page.get_by_label("Piernas inquietas", exact=True).check()
    page.get_by_label("Sí. Guarden mis respuestas").check()
    page.get_by_role("button", name="Revise sus respuestas").click()
    page.get_by_role("heading", name="Revise sus respuestas").wait_for()


def send_the_request(page: Page) -> None:
    check_the_answers(page)
    page.get_by_role("button", name="Enviar").click()
    page.get_by_role("heading", name="Tenemos su solicitud").wait_for()


def say_that_it_is_urgent(page: Page) -> None:
    open_the_form(page)
    page.get_by_label("Sí, o no sé").check()
    page.get_by_role("button", name="Revise sus respuestas").click()
    page.get_by_role("heading", name="Llame al 911 ahora").wait_for()

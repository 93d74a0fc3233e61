"""The addresses of the guide: sections, articles, site pages, A to Z, glossary."""

from django.urls import path, register_converter

from rlsinfo.articles import library, views


class SectionConverter:
    """Matches the five sections alone, so that everything else under / can be a site page."""

    regex = "|".join(section.slug for section in library.SECTIONS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(SectionConverter, "section")

app_name = "articles"
urlpatterns = [
    path("a-to-z/", views.a_to_z, name="a_to_z"),
    path("glossary/", views.glossary, name="glossary"),
    path("our-figures/", views.figures, name="figures"),
    path("search/", views.search, name="search"),
    path("sources/", views.sources, name="sources"),
    path("<section:section>/", views.section, name="section"),
    path("<section:section>/<slug:slug>/", views.article, name="article"),
    path("<slug:slug>/", views.page, name="page"),
]

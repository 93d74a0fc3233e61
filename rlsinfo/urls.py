"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import URLPattern, URLResolver, include, path

from rlsinfo import views
from rlsinfo.feeds import ChangesFeed
from rlsinfo.sitemaps import PagesSitemap

handler400 = "rlsinfo.views.bad_request"
handler404 = "rlsinfo.views.not_found"
handler500 = "rlsinfo.views.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("consultation/", include("rlsinfo.consultations.urls")),
    path("useful/", include("rlsinfo.readers.urls")),
    path("admin/", admin.site.urls),
    path("health/", views.health, name="health"),
    path("health/ready", views.ready, name="ready"),
    path("health/ready/", views.ready),
    path(
        "sitemap.xml",
        sitemap,
        {"sitemaps": {"pages": PagesSitemap}, "content_type": "application/xml; charset=utf-8"},
        name="sitemap",
    ),
    path("changes.atom", ChangesFeed(), name="changes"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    *([path("__reload__/", include("django_browser_reload.urls"))] if settings.RELOADS else []),
    # Last, because a site page answers at /<any-slug>/.
    path("", include("rlsinfo.articles.urls")),
]

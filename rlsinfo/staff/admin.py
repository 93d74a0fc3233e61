"""Takes away the stock admin page of second factors, which shows their secrets."""

from django.contrib import admin
from django_otp.plugins.otp_totp.models import TOTPDevice

admin.site.unregister(TOTPDevice)

"""Takes away the stock admin pages of accounts: they show digests and secrets, and our own pages replace them."""

from django.contrib import admin
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_totp.models import TOTPDevice

admin.site.unregister((Group, User, TOTPDevice))

"""What people agree to, in the very words they read; a request names the versions its sender agreed to.

Add a version, never change one. Each consent has a box of its own, which nobody finds ticked, and none but the first
is needed to send a request. There is none for marketing: the clinic sends none, so nobody is asked.
"""

CALL_WORDING = {
    "2026-11": "Yes. Keep my answers so that the clinic can call me or write to me. Only clinic staff see them.",
    "2026-11-es": "Sí. Guarden mis respuestas para que la clínica pueda llamarme o escribirme. Solo las ve el personal de la clínica.",
}
CALL_VERSION = "2026-11"

TEXT_WORDING = {
    "texts-2026-11": "Yes. The clinic may also text me at this number about my request.",
    "texts-2026-11-es": "Sí. La clínica también puede mandarme mensajes de texto a este número sobre mi solicitud.",
}
TEXT_VERSION = "texts-2026-11"

IN_SPANISH = "-es"
"""Ends the name of a version whose words are Spanish; it says the same as the one without."""

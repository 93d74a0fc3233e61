"""The groups that people here belong to; what each may do with requests is decided where requests are."""

FRONT_DESK = "Front desk"
LEAD = "Lead"
FIGURES = "Figures only"
EDITOR = "Editor"
ADMINISTRATOR = "Administrator"

ROLES = {
    FRONT_DESK: "sees requests and calls people back",
    LEAD: "the same, exports requests, reads who saw what, and sees whether backups and mail are well",
    FIGURES: "sees figures, which hold no names",
    EDITOR: "looks after the texts, and sees no request",
    ADMINISTRATOR: "invites people, ends their access, reads who saw what, and sees whether backups and mail are well",
}

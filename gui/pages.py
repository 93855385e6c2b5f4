"""The pages by name, in their order: the side bar shows them so."""

DASHBOARD, KEYS, ENRICH, ACTIVITY, SETTINGS = "dashboard", "keys", "enrich", "activity", "settings"
PAGES = (
    (DASHBOARD, "Dashboard", "layout-dashboard"),
    (KEYS, "API keys", "key-round"),
    (ENRICH, "Enrich a file", "file-spreadsheet"),
    (ACTIVITY, "Activity", "activity"),
    (SETTINGS, "Settings", "settings"),
)

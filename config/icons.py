"""The drawings of the icons: 16 by 16, stroke 1.6; a sprite in a page, in place on paper."""

# `cut` marks a stroke that is cut out of a filled shape: it takes the colour of the paper.
ICONS: dict[str, str] = {
    "check": ('<circle cx="8" cy="8" r="6.2"/><path d="M5.2 8.3l2 2 3.6-4.2"/>'),
    "warn": ('<path d="M8 2.2l6.2 11H1.8z"/><path d="M8 6.4v3.2M8 11.4v.1"/>'),
    "crit": (
        '<path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3z" fill="currentColor"/>'
        '<path d="M5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4" class="cut"/>'
    ),
    "none": ('<circle cx="8" cy="8" r="6.2" stroke-dasharray="2.2 2.2"/><path d="M5.5 8h5"/>'),
    "watch": (
        '<path d="M1.5 8s2.4-4.2 6.5-4.2S14.5 8 14.5 8 12.1 12.2 8 12.2 1.5 8 1.5 8z"/>'
        '<circle cx="8" cy="8" r="1.8"/>'
    ),
    "recover": '<path d="M2.5 11.5l3.6-3.8 2.4 2.2 5-5.4M10 4.5h3.5V8"/>',
    "half": (
        '<circle cx="8" cy="8" r="6.2"/><path d="M8 1.8a6.2 6.2 0 010 12.4z" fill="currentColor"/>'
    ),
    "todo": '<circle cx="8" cy="8" r="6.2"/>',
    "clock": ('<circle cx="8" cy="8" r="6.2"/><path d="M8 4.6V8l2.4 1.6"/>'),
    "late": (
        '<circle cx="8" cy="8" r="6.2" fill="currentColor"/>'
        '<path d="M8 4.4v4M8 10.8v.1" class="cut"/>'
    ),
    "pen": '<path d="M2.5 13.5l.9-3.4 7.6-7.6 2.5 2.5-7.6 7.6zM9.5 4l2.5 2.5"/>',
    "no": ('<circle cx="8" cy="8" r="6.2"/><path d="M3.7 3.7l8.6 8.6"/>'),
    "doc": '<path d="M3.5 1.8h6l3 3v9.4h-9zM9.5 1.8v3h3M5.5 8h5M5.5 10.6h5"/>',
    "key": ('<circle cx="5" cy="8" r="3"/><path d="M8 8h6v2.5M11.5 8v2"/>'),
    "ask": (
        '<circle cx="8" cy="8" r="6.2"/><path d="M6.2 6.4a1.8 1.8 0 113 1.4c-.7.5-1.2.9-1.2 1.8"/>'
        '<path d="M8 11.5v.1"/>'
    ),
    "search": ('<circle cx="7" cy="7" r="4.5"/><path d="M10.4 10.4l3.6 3.6"/>'),
    "bell": '<path d="M4 11.5V7a4 4 0 018 0v4.5l1 1H3zM6.8 14.2h2.4"/>',
    "chev": '<path d="M6 3.5L10.5 8 6 12.5"/>',
    "down": '<path d="M3.5 6L8 10.5 12.5 6"/>',
    "seal": (
        '<circle cx="8" cy="6.5" r="4.5"/>'
        '<path d="M6.2 6.6l1.3 1.3 2.3-2.6M5.3 10.4L4.5 14.5 8 12.8l3.5 1.7-.8-4.1"/>'
    ),
    "msg": '<path d="M2 3h12v8H7l-3 2.6V11H2z"/>',
    "bolt": '<path d="M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z"/>',
    "flag": '<path d="M4 14.5v-12h8.5l-2 3 2 3H4"/>',
    "link": (
        '<path d="M6.5 9.5l3-3M7 4.8l1.6-1.6a2.8 2.8 0 014 4L11 8.8M9 11.2l-1.6 1.6a2.8 2.8 '
        '0 01-4-4L5 7.2"/>'
    ),
    "machine": (
        '<rect x="3" y="5" width="10" height="8" rx="1"/>'
        '<path d="M8 5V2.5M6 8.5v.1M10 8.5v.1M6.2 11h3.6"/>'
    ),
    "down-load": '<path d="M8 2v8M4.5 7L8 10.5 11.5 7M2.5 13.5h11"/>',
    "out": '<path d="M6 3H3v10h10v-3M9 2.5h4.5V7M13.3 2.7L7.5 8.5"/>',
    "menu": '<path d="M2 4h12M2 8h12M2 12h12"/>',
    "gap": '<path d="M2 8h4M10 8h4M6.8 4.5v7M9.2 4.5v7"/>',
    "pause": '<path d="M5.5 3.5v9M10.5 3.5v9"/>',
    "merge": '<path d="M4 2.5v4.2c0 2.5 4 2 4 4.8v2M12 2.5v4.2c0 2.5-4 2-4 4.8"/>',
    "plus": '<path d="M8 3v10M3 8h10"/>',
    "person": (
        '<circle cx="8" cy="5.4" r="2.9"/>'
        '<path d="M2.8 13.8c.6-2.9 2.6-4.4 5.2-4.4s4.6 1.5 5.2 4.4"/>'
    ),
    "leave": '<path d="M9.5 2.5H3v11h6.5M7 8h7M11.2 5.2L14 8l-2.8 2.8"/>',
    "moon": '<path d="M13.2 9.6A5.6 5.6 0 016.4 2.8a5.6 5.6 0 106.8 6.8z"/>',
    "sun": (
        '<circle cx="8" cy="8" r="2.8"/>'
        '<path d="M8 1.5v1.8M8 12.7v1.8M1.5 8h1.8M12.7 8h1.8M3.4 3.4l1.3 1.3M11.3 11.3l1.3 '
        '1.3M3.4 12.6l1.3-1.3M11.3 4.7l1.3-1.3"/>'
    ),
    "back": '<path d="M10 3.5L5.5 8l4.5 4.5"/>',
}

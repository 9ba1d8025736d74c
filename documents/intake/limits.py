"""What one file may weigh once opened. Its size as received is a setting (`UPLOAD_MAX_BYTES`)."""

MAX_PAGES = 100
# A 48-megapixel phone photo passes. Unfolded as PNG with transparency, 64 take 610 MB: `picture_process` says what is
# too much, whatever the format.
MAX_PIXELS = 64_000_000
# A4 at some 210 dots per inch: small print stays readable.
LONG_SIDE = 2480
JPEG_QUALITY = 85
# A few kilobytes of a hostile PDF may unfold to gigabytes. An honest A4 page scanned in colour at 600 dpi is 105 MB.
MAX_STREAM_BYTES = 150 * 1024 * 1024
MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
# What the rebuilt file may weigh, as a multiple of `UPLOAD_MAX_BYTES`.
MAX_GROWTH = 2

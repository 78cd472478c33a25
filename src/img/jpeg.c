/* JPEG (ITU-T T.81). The markers are walked here, from the first to EOI, because the library
 * answers a file that ends early with grey and a warning that an earlier harmless one may hide. */
#include <stdlib.h>
#include <string.h>

#include <turbojpeg.h>

#include "img/kinds.h"

enum {
    M_SOF0 = 0xc0,
    M_DHT = 0xc4,
    M_JPG = 0xc8,
    M_DAC = 0xcc,
    M_SOF15 = 0xcf,
    M_RST0 = 0xd0,
    M_SOI = 0xd8,
    M_EOI = 0xd9,
    M_SOS = 0xda,
    M_APP1 = 0xe1,
    M_APP14 = 0xee,
    M_TEM = 0x01,
    SCANS_MAX = 100, /* a progressive file has about ten; each costs a pass over all blocks */
    HALVINGS = 3
};

/* B.1.1.2: the next FF xx with xx neither 0 (a stuffed byte of coded data) nor FF (fill). What
 * stands between is passed over, as all decoders do. */
static int next_marker(struct lw_cursor *c, int *marker)
{
    while (lw_cursor_left(c) >= 2) {
        const uint8_t *ff = memchr(c->data + c->pos, 0xff, lw_cursor_left(c) - 1);
        if (!ff)
            break;
        c->pos = (size_t)(ff - c->data) + 1;
        int code = c->data[c->pos];
        if (code == 0xff || code == 0)
            continue;
        c->pos++;
        *marker = code;
        return LW_OK;
    }
    return LW_ETRUNC;
}

static bool stands_alone(int marker)
{
    return marker == M_TEM || (marker >= M_RST0 && marker <= M_EOI);
}

static int segment(struct lw_cursor *c, struct lw_cursor *body)
{
    uint16_t n = 0;
    int r = lw_cursor_be16(c, &n);
    if (r < 0)
        return r;
    return n < 2 ? LW_EFORMAT : lw_cursor_sub(c, n - 2u, body);
}

static bool is_frame(int marker)
{
    return marker >= M_SOF0 && marker <= M_SOF15 && marker != M_DHT && marker != M_JPG &&
           marker != M_DAC;
}

/* B.2.2, frame header. SOF0-2 are Huffman coded, 9 and 10 arithmetic; the others (lossless,
 * hierarchical) are found in no camera. */
static int read_frame(struct lw_coded *out, struct lw_cursor c, int marker, struct lw_why *why)
{
    int64_t at = (int64_t)c.pos;
    uint8_t precision, components;
    uint16_t width, height;
    int kind = marker - M_SOF0;
    if (out->components)
        return lw_why_set(why, LW_EFORMAT, at, "has two frame headers");
    if (lw_cursor_u8(&c, &precision) < 0 || lw_cursor_be16(&c, &height) < 0 ||
        lw_cursor_be16(&c, &width) < 0 || lw_cursor_u8(&c, &components) < 0)
        return lw_why_set(why, LW_EFORMAT, at, "has a frame header that is too short");
    if ((kind > 2 && kind != 9 && kind != 10) || precision != 8)
        return lw_why_set(why, LW_EUNSUP, at, "is a JPEG of kind SOF%d with %d bits, not supported",
                          kind, precision);
    if (components != 1 && components != 3 && components != 4)
        return lw_why_set(why, LW_EUNSUP, at, "has %d colour components", components);
    out->width = width;
    out->height = height;
    out->components = components;
    out->halvings = HALVINGS;
    /* all coefficients are kept until the last scan */
    if (kind == 2 || kind == 10)
        out->work_bytes = (int64_t)width * height * components * 2;
    return LW_OK;
}

static int read_app(struct lw_coded *out, const struct lw_cursor *body, int marker)
{
    struct lw_span s = {.data = body->data, .n = body->n};
    if (marker == M_APP1 && s.n > 6 && memcmp(s.data, "Exif\0", 6) == 0)
        out->orientation = lw_exif_orientation((struct lw_span){.data = s.data + 6, .n = s.n - 6});
    else if (marker == M_APP14 && s.n >= 12 && memcmp(s.data, "Adobe", 5) == 0)
        out->ink_inverted = true;
    return LW_OK;
}

int lw_jpeg_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes), body;
    int marker = 0, r = lw_cursor_skip(&c, 2); /* SOI */
    while (r == LW_OK) {
        if (next_marker(&c, &marker) < 0)
            return lw_coded_truncated(bytes, why);
        int64_t at = (int64_t)c.pos - 2;
        if (marker == M_EOI || marker == M_SOI)
            return lw_why_set(why, LW_EFORMAT, at, "has no picture before marker %02X", marker);
        if (stands_alone(marker))
            continue;
        if ((r = segment(&c, &body)) == LW_EFORMAT)
            return lw_why_set(why, r, at, "has a segment %02X of impossible length", marker);
        if (r < 0)
            return lw_coded_truncated(bytes, why);
        if (marker == M_SOS) {
            out->data = (size_t)at;
            return out->components ? LW_OK : lw_why_set(why, LW_EFORMAT, at, "has no frame header");
        }
        r = is_frame(marker) ? read_frame(out, body, marker, why) : read_app(out, &body, marker);
    }
    return r;
}

/* Every scan that was begun, up to EOI, is there. */
static int check_complete(struct lw_span bytes, size_t from, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes), body;
    int marker = 0, scans = 0;
    c.pos = from;
    for (;;) {
        if (next_marker(&c, &marker) < 0)
            return lw_coded_truncated(bytes, why);
        if (marker == M_EOI)
            return LW_OK;
        if (stands_alone(marker))
            continue;
        int64_t at = (int64_t)c.pos - 2;
        if (marker == M_SOS && ++scans > SCANS_MAX)
            return lw_why_set(why, LW_ELIMIT, at, "has more than %d scans", SCANS_MAX);
        int r = segment(&c, &body);
        if (r == LW_EFORMAT)
            return lw_why_set(why, r, at, "has a segment %02X of impossible length", marker);
        if (r < 0)
            return lw_coded_truncated(bytes, why);
    }
}

/* What the library calls a warning and goes on after with made-up pixels, unless it concerns only
 * bytes that no pixel depends on. */
static int judge(tjhandle tj, struct lw_why *why)
{
    static const char *const harmless[] = {"extraneous bytes", "Unknown Adobe color transform",
                                           "JFIF revision", "Invalid SOS parameters"};
    const char *text = tjGetErrorStr2(tj);
    bool warning = tjGetErrorCode(tj) == TJERR_WARNING;
    for (size_t i = 0; warning && i < LW_COUNT(harmless); i++)
        if (strstr(text, harmless[i]))
            return LW_OK;
    int code = strcasestr(text, "premature end") ? LW_ETRUNC : LW_EFORMAT;
    return lw_why_set(why, code, -1, "cannot be decoded as JPEG: %s", text);
}

static int decompress(tjhandle tj, struct lw_span bytes, uint8_t *dst, int width, int height,
                      size_t stride, enum TJPF fmt, struct lw_why *why)
{
    if (tjDecompress2(tj, bytes.data, (unsigned long)bytes.n, dst, width, (int)stride, height, fmt,
                      TJFLAG_LIMITSCANS | TJFLAG_ACCURATEDCT) == 0)
        return LW_OK;
    return judge(tj, why);
}

static void ink_to_rgb(uint8_t *d, const uint8_t *s, int width, bool inverted)
{
    const uint8_t flip = inverted ? 0 : 255;
    for (int x = 0; x < width; x++, d += 3, s += 4) {
        unsigned k = s[3] ^ flip;
        for (int i = 0; i < 3; i++)
            d[i] = (uint8_t)(((unsigned)(s[i] ^ flip) * k + 127) / 255);
    }
}

static int decompress_cmyk(tjhandle tj, struct lw_span bytes, struct lw_image *im, bool inverted,
                           struct lw_why *why)
{
    size_t stride = 4 * (size_t)im->width;
    LW_AUTO_MEM(uint8_t) ink = malloc(stride * (size_t)im->height);
    if (!ink)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to decode");
    int r = decompress(tj, bytes, ink, im->width, im->height, stride, TJPF_CMYK, why);
    for (int y = 0; r == LW_OK && y < im->height; y++)
        ink_to_rgb(lw_image_row(im, y), ink + (size_t)y * stride, im->width, inverted);
    return r;
}

static int decode_with(tjhandle tj, struct lw_image **out, struct lw_span bytes,
                       const struct lw_coded *c, struct lw_why *why)
{
    int w = 0, h = 0, sampling = 0, space = 0, r;
    if (tjDecompressHeader3(tj, bytes.data, (unsigned long)bytes.n, &w, &h, &sampling, &space) !=
            0 &&
        (r = judge(tj, why)) < 0)
        return r;
    if (w != c->width || h != c->height)
        return lw_why_set(why, LW_EFORMAT, -1, "has two different sizes");
    int k = 1 << c->halve;
    LW_AUTO(lw_image) im = NULL;
    r = lw_image_new(&im, LW_PIX_RGB8, (w + k - 1) / k, (h + k - 1) / k);
    if (r < 0)
        return lw_why_set(why, r, -1, "no memory for %d x %d pixels", w, h);
    if (space == TJCS_CMYK || space == TJCS_YCCK)
        r = decompress_cmyk(tj, bytes, im, c->ink_inverted, why);
    else
        r = decompress(tj, bytes, im->data, im->width, im->height, im->stride, TJPF_RGB, why);
    if (r < 0)
        return r;
    *out = im;
    im = NULL; /* moved to the caller */
    return LW_OK;
}

int lw_jpeg_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                   struct lw_why *why)
{
    int r = check_complete(bytes, c->data, why);
    if (r < 0)
        return r;
    tjhandle tj = tjInitDecompress();
    if (!tj)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to decode");
    r = decode_with(tj, out, bytes, c, why);
    tjDestroy(tj);
    return r;
}

static int compress(tjhandle tj, const struct lw_image *im, int quality, uint8_t **bytes, size_t *n,
                    struct lw_why *why)
{
    bool gray = im->fmt == LW_PIX_GRAY8;
    int sampling = gray ? TJSAMP_GRAY : quality < 90 ? TJSAMP_420 : TJSAMP_444;
    unsigned long size = tjBufSize(im->width, im->height, sampling);
    uint8_t *buf = malloc(size);
    if (!buf)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to encode");
    if (tjCompress2(tj, im->data, im->width, (int)im->stride, im->height,
                    gray ? TJPF_GRAY : TJPF_RGB, &buf, &size, sampling, quality,
                    TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0) {
        free(buf);
        return lw_why_set(why, LW_EUNSUP, -1, "cannot be encoded as JPEG: %s", tjGetErrorStr2(tj));
    }
    uint8_t *cut = realloc(buf, size);
    *bytes = cut ? cut : buf;
    *n = size;
    return LW_OK;
}

int lw_image_encode_jpeg(const struct lw_image *im, int quality, uint8_t **bytes, size_t *n,
                         struct lw_why *why)
{
    if (quality < 1 || quality > 100)
        return lw_why_set(why, LW_EINVAL, -1, "JPEG quality %d is not in 1..100", quality);
    tjhandle tj = tjInitCompress();
    if (!tj)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to encode");
    int r = compress(tj, im, quality, bytes, n, why);
    tjDestroy(tj);
    return r;
}

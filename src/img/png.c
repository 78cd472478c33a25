/* PNG (ISO/IEC 15948). The chunks are walked here first: size, EXIF and completeness are known
 * before the library allocates. */
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "img/kinds.h"

enum { SIGNATURE = 8, IHDR_BYTES = 13 };

struct chunk {
    char type[5];
    struct lw_cursor body;
};

/* 5.3: length, type, data, CRC (which the library checks). */
static int next_chunk(struct lw_cursor *c, struct chunk *k)
{
    uint32_t n;
    struct lw_span type;
    if (lw_cursor_be32(c, &n) < 0 || lw_cursor_take(c, 4, &type) < 0 ||
        lw_cursor_sub(c, n, &k->body) < 0 || lw_cursor_skip(c, 4) < 0)
        return LW_ETRUNC;
    memcpy(k->type, type.data, 4);
    k->type[4] = '\0';
    return LW_OK;
}

static bool is(const struct chunk *k, const char *type)
{
    return strcmp(k->type, type) == 0;
}

/* 11.2.2: width, height, bit depth, colour type. */
static int read_ihdr(struct lw_coded *out, struct chunk *k, struct lw_why *why)
{
    static const int components[7] = {1, 0, 3, 3, 4, 0, 4};
    uint32_t w, h;
    uint8_t depth, colour;
    if (!is(k, "IHDR") || k->body.n != IHDR_BYTES || lw_cursor_be32(&k->body, &w) < 0 ||
        lw_cursor_be32(&k->body, &h) < 0 || lw_cursor_u8(&k->body, &depth) < 0 ||
        lw_cursor_u8(&k->body, &colour) < 0)
        return lw_why_set(why, LW_EFORMAT, SIGNATURE, "does not begin with an IHDR chunk");
    if (colour > 6 || !components[colour])
        return lw_why_set(why, LW_EFORMAT, SIGNATURE + 17, "has the unknown colour type %d",
                          colour);
    if (w > INT32_MAX || h > INT32_MAX)
        return lw_why_set(why, LW_EFORMAT, SIGNATURE + 8, "has an impossible size");
    out->width = (int)w;
    out->height = (int)h;
    out->components = components[colour];
    return LW_OK;
}

int lw_png_header(struct lw_coded *out, struct lw_span bytes, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes);
    struct chunk k;
    c.pos = SIGNATURE;
    if (next_chunk(&c, &k) < 0)
        return lw_coded_truncated(bytes, why);
    int r = read_ihdr(out, &k, why);
    while (r == LW_OK) {
        out->data = c.pos;
        if (next_chunk(&c, &k) < 0)
            return lw_coded_truncated(bytes, why);
        if (is(&k, "IDAT"))
            return LW_OK;
        if (is(&k, "IEND"))
            return lw_why_set(why, LW_EFORMAT, (int64_t)out->data, "has no picture before IEND");
        if (is(&k, "eXIf"))
            out->orientation =
                lw_exif_orientation((struct lw_span){.data = k.body.data, .n = k.body.n});
    }
    return r;
}

static int check_complete(struct lw_span bytes, size_t from, struct lw_why *why)
{
    struct lw_cursor c = lw_cursor_over(bytes);
    struct chunk k;
    c.pos = from;
    do {
        if (next_chunk(&c, &k) < 0)
            return lw_coded_truncated(bytes, why);
    } while (!is(&k, "IEND"));
    return LW_OK;
}

static int refuse(png_image *png, struct lw_why *why)
{
    int code = strstr(png->message, "Not enough") ? LW_ETRUNC : LW_EFORMAT;
    lw_why_set(why, code, -1, "cannot be decoded as PNG: %s", png->message);
    png_image_free(png);
    return code;
}

int lw_png_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                  struct lw_why *why)
{
    const png_color white = {255, 255, 255};
    png_image png = {.version = PNG_IMAGE_VERSION};
    int r = check_complete(bytes, c->data, why);
    if (r < 0)
        return r;
    if (!png_image_begin_read_from_memory(&png, bytes.data, bytes.n))
        return refuse(&png, why);
    LW_AUTO(lw_image) im = NULL;
    if ((r = lw_image_new(&im, LW_PIX_RGB8, c->width, c->height)) < 0 ||
        png.width != (unsigned)c->width || png.height != (unsigned)c->height) {
        png_image_free(&png);
        return lw_why_set(why, r < 0 ? r : LW_EFORMAT, -1, "no picture of %d x %d pixels", c->width,
                          c->height);
    }
    png.format = PNG_FORMAT_RGB;
    if (!png_image_finish_read(&png, &white, im->data, (png_int_32)im->stride, NULL))
        return refuse(&png, why);
    *out = im;
    im = NULL; /* moved to the caller */
    return LW_OK;
}

int lw_image_encode_png(const struct lw_image *im, uint8_t **bytes, size_t *n, struct lw_why *why)
{
    png_image png = {.version = PNG_IMAGE_VERSION,
                     .width = (unsigned)im->width,
                     .height = (unsigned)im->height,
                     .format = im->fmt == LW_PIX_GRAY8 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
    uint8_t *buf = malloc(size);
    if (!buf)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to encode");
    if (!png_image_write_to_memory(&png, buf, &size, 0, im->data, (png_int_32)im->stride, NULL)) {
        free(buf);
        return lw_why_set(why, LW_EUNSUP, -1, "cannot be encoded as PNG: %s", png.message);
    }
    uint8_t *cut = realloc(buf, size);
    *bytes = cut ? cut : buf;
    *n = size;
    return LW_OK;
}

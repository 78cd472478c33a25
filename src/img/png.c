/* PNG (ISO/IEC 15948). The chunks are walked here first: size, EXIF and completeness are known
 * before the library allocates. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "base/strbuf.h"
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

/* ---- writing ---- */

static void put_bytes(png_structp png, png_bytep data, size_t n)
{
    lw_strbuf_put(png_get_io_ptr(png), data, n);
}

static void flush_nothing(png_structp png)
{
    LW_UNUSED(png);
}

static void fail(png_structp png, png_const_charp text)
{
    LW_UNUSED(text);
    longjmp(png_jmpbuf(png), 1);
}

static void warn(png_structp png, png_const_charp text)
{
    LW_UNUSED(png);
    LW_UNUSED(text);
}

/* Portraits are waited for: differences to the left and runs alone take 8 ms where the best methods
 * take 76, for pictures that are a few per cent larger. */
static bool write_picture(png_structp png, png_infop info, const struct lw_image *im,
                          struct lw_strbuf *out)
{
    enum { RUNS_ONLY = 3 /* Z_RLE */ };
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_write_fn(png, out, put_bytes, flush_nothing);
    png_set_IHDR(png, info, (png_uint_32)im->width, (png_uint_32)im->height, 8,
                 im->fmt == LW_PIX_GRAY8 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_compression_strategy(png, RUNS_ONLY);
    png_write_info(png, info);
    for (int y = 0; y < im->height; y++)
        png_write_row(png, im->data + (size_t)y * im->stride);
    png_write_end(png, info);
    return true;
}

int lw_image_encode_png(const struct lw_image *im, uint8_t **bytes, size_t *n, struct lw_why *why)
{
    LW_AUTO_STRBUF out = LW_STRBUF_INIT;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, fail, warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    const bool written = info && write_picture(png, info, im, &out);
    png_destroy_write_struct(&png, &info);
    if (!written || lw_strbuf_err(&out))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory to encode");
    *bytes = (uint8_t *)out.s; /* malloc memory, as the caller expects */
    *n = out.n;
    out = LW_STRBUF_INIT;
    return LW_OK;
}

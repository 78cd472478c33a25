/* PNG (ISO/IEC 15948). The chunks are walked here first: size, EXIF and completeness are known
 * before the library allocates. */
#include <setjmp.h>
#include <stdio.h>
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
    uint8_t depth, colour, compression, filter, interlace;
    if (!is(k, "IHDR") || k->body.n != IHDR_BYTES || lw_cursor_be32(&k->body, &w) < 0 ||
        lw_cursor_be32(&k->body, &h) < 0 || lw_cursor_u8(&k->body, &depth) < 0 ||
        lw_cursor_u8(&k->body, &colour) < 0 || lw_cursor_u8(&k->body, &compression) < 0 ||
        lw_cursor_u8(&k->body, &filter) < 0 || lw_cursor_u8(&k->body, &interlace) < 0)
        return lw_why_set(why, LW_EFORMAT, SIGNATURE, "does not begin with an IHDR chunk");
    if (colour > 6 || !components[colour])
        return lw_why_set(why, LW_EFORMAT, SIGNATURE + 17, "has the unknown colour type %d",
                          colour);
    if (w > INT32_MAX || h > INT32_MAX)
        return lw_why_set(why, LW_EFORMAT, SIGNATURE + 8, "has an impossible size");
    out->width = (int)w;
    out->height = (int)h;
    out->components = components[colour];
    out->plain = depth == 8 && (colour == 0 || colour == 2) && interlace == 0;
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
        out->plain &= !is(&k, "tRNS") && !is(&k, "gAMA") && !is(&k, "iCCP");
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

static int refuse(const char *text, struct lw_why *why)
{
    return lw_why_set(why, strstr(text, "Not enough") ? LW_ETRUNC : LW_EFORMAT, -1,
                      "cannot be decoded as PNG: %s", text);
}

static void warn(png_structp png, png_const_charp text)
{
    LW_UNUSED(png);
    LW_UNUSED(text);
}

/* ---- plain pictures to grey, row by row: a colour picture is never kept ---- */

struct reading {
    struct lw_cursor file;
    char text[64]; /* what the library complains of */
};

static void take_bytes(png_structp png, png_bytep data, size_t n)
{
    struct reading *r = png_get_io_ptr(png);
    struct lw_span s;
    if (lw_cursor_take(&r->file, n, &s) < 0)
        png_error(png, "Not enough bytes");
    memcpy(data, s.data, n);
}

static void complain(png_structp png, png_const_charp text)
{
    struct reading *r = png_get_error_ptr(png);
    snprintf(r->text, sizeof(r->text), "%s", text);
    longjmp(png_jmpbuf(png), 1);
}

/* The checksum of each chunk tells of changed bytes; the one of the stream within says no more. */
static bool read_rows(png_structp png, png_infop info, struct reading *r, struct lw_image *gray,
                      uint8_t *row)
{
    const bool colour = row != NULL;
    if (setjmp(png_jmpbuf(png)))
        return false;
    png_set_read_fn(png, r, take_bytes);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_option(png, PNG_IGNORE_ADLER32, PNG_OPTION_ON);
    png_read_info(png, info);
    for (int y = 0; y < gray->height; y++) {
        png_read_row(png, colour ? row : lw_image_row(gray, y), NULL);
        if (colour)
            lw_gray_row(lw_image_row(gray, y), row, gray->width);
    }
    png_read_end(png, NULL);
    return true;
}

static int read_plain(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                      struct lw_why *why)
{
    struct reading reading = {.file = lw_cursor_over(bytes)};
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO_MEM(uint8_t) row = c->components == 3 ? malloc(3 * (size_t)c->width) : NULL;
    int r = lw_image_new(&im, LW_PIX_GRAY8, c->width, c->height);
    png_structp png = r < 0 || (c->components == 3 && !row)
                          ? NULL
                          : png_create_read_struct(PNG_LIBPNG_VER_STRING, &reading, complain, warn);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info)
        r = lw_why_set(why, LW_ENOMEM, -1, "no memory for %d x %d pixels", c->width, c->height);
    else if (!read_rows(png, info, &reading, im, row))
        r = refuse(reading.text, why);
    png_destroy_read_struct(&png, &info, NULL);
    if (r < 0)
        return r;
    *out = im;
    im = NULL; /* moved to the caller */
    return LW_OK;
}

static int refuse_image(png_image *png, struct lw_why *why)
{
    const int r = refuse(png->message, why);
    png_image_free(png);
    return r;
}

static int read_any(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                    struct lw_why *why)
{
    const png_color white = {255, 255, 255};
    png_image png = {.version = PNG_IMAGE_VERSION};
    int r;
    if (!png_image_begin_read_from_memory(&png, bytes.data, bytes.n))
        return refuse_image(&png, why);
    LW_AUTO(lw_image) im = NULL;
    if ((r = lw_image_new(&im, LW_PIX_RGB8, c->width, c->height)) < 0 ||
        png.width != (unsigned)c->width || png.height != (unsigned)c->height) {
        png_image_free(&png);
        return lw_why_set(why, r < 0 ? r : LW_EFORMAT, -1, "no picture of %d x %d pixels", c->width,
                          c->height);
    }
    png.format = PNG_FORMAT_RGB;
    if (!png_image_finish_read(&png, &white, im->data, (png_int_32)im->stride, NULL))
        return refuse_image(&png, why);
    *out = im;
    im = NULL; /* moved to the caller */
    return LW_OK;
}

int lw_png_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                  struct lw_why *why)
{
    int r = check_complete(bytes, c->data, why);
    if (r < 0)
        return r;
    return c->gray && c->plain ? read_plain(out, bytes, c, why) : read_any(out, bytes, c, why);
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

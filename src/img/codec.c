#include "img/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "img/geom.h"
#include "img/kinds.h"

enum { FILE_BYTES_MAX = 64 << 20, SIGNATURE_MAX = 12, TILES_MAX = 4096 };

struct kind {
    const char *name;
    size_t n; /* bytes of the signature */
    uint8_t signature[SIGNATURE_MAX];
    int (*header)(struct lw_coded *, struct lw_span, struct lw_why *);
    int (*pixels)(struct lw_image **, struct lw_span, const struct lw_coded *, struct lw_why *);
};

static const struct kind kinds[] = {
    [LW_KIND_UNKNOWN] = {.name = "unknown"},
    [LW_KIND_JPEG] = {"JPEG", 3, {0xff, 0xd8, 0xff}, lw_jpeg_header, lw_jpeg_pixels},
    [LW_KIND_PNG] =
        {"PNG", 8, {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, lw_png_header, lw_png_pixels},
    [LW_KIND_JP2] = {"JPEG 2000",
                     12,
                     {0, 0, 0, 12, 'j', 'P', ' ', ' ', '\r', '\n', 0x87, '\n'},
                     lw_jp2_header,
                     lw_jp2_pixels},
    [LW_KIND_J2K] =
        {"JPEG 2000 codestream", 4, {0xff, 0x4f, 0xff, 0x51}, lw_j2k_header, lw_jp2_pixels},
};

enum lw_image_kind lw_image_sniff(struct lw_span bytes)
{
    for (size_t i = 1; i < LW_COUNT(kinds); i++)
        if (bytes.n >= kinds[i].n && memcmp(bytes.data, kinds[i].signature, kinds[i].n) == 0)
            return (enum lw_image_kind)i;
    return LW_KIND_UNKNOWN;
}

const char *lw_image_kind_name(enum lw_image_kind k)
{
    return (size_t)k < LW_COUNT(kinds) ? kinds[k].name : kinds[LW_KIND_UNKNOWN].name;
}

int lw_coded_truncated(struct lw_span bytes, struct lw_why *why)
{
    return lw_why_set(why, LW_ETRUNC, (int64_t)bytes.n,
                      "ends after %zu bytes, before the picture does", bytes.n);
}

/* A file that ends inside the signature of a known kind is cut short, not foreign. */
static bool starts_a_signature(struct lw_span bytes)
{
    for (size_t i = 1; i < LW_COUNT(kinds); i++)
        if (bytes.n < kinds[i].n && memcmp(bytes.data, kinds[i].signature, bytes.n) == 0)
            return true;
    return false;
}

static int refuse_unknown(struct lw_span bytes, struct lw_why *why)
{
    if (bytes.n == 0)
        return lw_why_set(why, LW_ETRUNC, 0, "is empty");
    if (starts_a_signature(bytes))
        return lw_why_set(why, LW_ETRUNC, (int64_t)bytes.n,
                          "ends after %zu bytes, in its signature", bytes.n);
    return lw_why_set(why, LW_EUNSUP, 0, "is no JPEG, PNG or JPEG 2000 file");
}

static int check_limits(const struct lw_coded *c, const struct lw_decode_opts *opts,
                        struct lw_why *why)
{
    if (c->width < 1 || c->height < 1)
        return lw_why_set(why, LW_EFORMAT, -1, "is %d x %d pixels", c->width, c->height);
    if (c->width > opts->max_side || c->height > opts->max_side)
        return lw_why_set(why, LW_ELIMIT, -1, "is %d x %d pixels, a side may have at most %d",
                          c->width, c->height, opts->max_side);
    if ((int64_t)c->width * c->height > opts->max_pixels)
        return lw_why_set(why, LW_ELIMIT, -1, "is %d x %d pixels, at most %lld in all are read",
                          c->width, c->height, (long long)opts->max_pixels);
    if (c->tiles > TILES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "has %lld tiles, at most %d are read",
                          (long long)c->tiles, TILES_MAX);
    if (c->work_bytes >> (2 * c->halve) > (int64_t)LW_IMAGE_BYTES_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "is %d x %d pixels and needs %lld bytes to decode",
                          c->width, c->height, (long long)c->work_bytes);
    return LW_OK;
}

/* The most halvings that keep the longer side at want_side or above. */
static int choose_halvings(const struct lw_coded *c, int want_side)
{
    int side = lw_maxi(c->width, c->height), n = 0;
    if (want_side > 0)
        while (n < c->halvings && ((side - 1) >> (n + 1)) + 1 >= want_side)
            n++;
    return n;
}

/* The header read and found within the limits. */
static int examine(struct lw_coded *c, struct lw_span bytes, const struct lw_decode_opts *opts,
                   struct lw_why *why)
{
    if (opts->max_side < 1 || opts->max_side > LW_IMAGE_SIDE_MAX || opts->max_pixels < 1 ||
        opts->want_side < 0)
        return lw_why_set(why, LW_EINVAL, -1, "decoding options are out of range");
    enum lw_image_kind k = lw_image_sniff(bytes);
    if (k == LW_KIND_UNKNOWN)
        return refuse_unknown(bytes, why);
    *c = (struct lw_coded){.orientation = 1};
    int r = kinds[k].header(c, bytes, why);
    if (r < 0)
        return r;
    c->halve = choose_halvings(c, opts->want_side);
    if (opts->ignore_exif)
        c->orientation = 1;
    return check_limits(c, opts, why);
}

int lw_image_probe(struct lw_image_info *out, struct lw_span bytes,
                   const struct lw_decode_opts *opts, struct lw_why *why)
{
    const struct lw_decode_opts defaults = LW_DECODE_DEFAULTS;
    struct lw_coded c;
    int r = examine(&c, bytes, opts ? opts : &defaults, why);
    if (r < 0)
        return r;
    bool swap = c.orientation >= 5;
    *out = (struct lw_image_info){.kind = lw_image_sniff(bytes),
                                  .width = swap ? c.height : c.width,
                                  .height = swap ? c.width : c.height,
                                  .orientation = c.orientation,
                                  .components = c.components};
    return LW_OK;
}

static int decode(struct lw_image **out, struct lw_span bytes, const struct lw_decode_opts *opts,
                  bool gray, struct lw_why *why)
{
    const struct lw_decode_opts defaults = LW_DECODE_DEFAULTS;
    struct lw_coded c;
    int r = examine(&c, bytes, opts ? opts : &defaults, why);
    LW_AUTO(lw_image) stored = NULL;
    c.gray = gray;
    if (r < 0 || (r = kinds[lw_image_sniff(bytes)].pixels(&stored, bytes, &c, why)) < 0)
        return r;
    if (c.orientation == 1) {
        *out = stored;
        stored = NULL; /* moved to the caller */
        return LW_OK;
    }
    r = lw_image_upright(out, stored, c.orientation);
    return r < 0 ? lw_why_set(why, r, -1, "cannot be turned upright: %s", lw_err_name(r)) : r;
}

int lw_image_decode(struct lw_image **out, struct lw_span bytes, const struct lw_decode_opts *opts,
                    struct lw_why *why)
{
    return decode(out, bytes, opts, false, why);
}

int lw_image_decode_gray(struct lw_image **out, struct lw_span bytes,
                         const struct lw_decode_opts *opts, struct lw_why *why)
{
    LW_AUTO(lw_image) im = NULL;
    int r = decode(&im, bytes, opts, true, why);
    if (r < 0)
        return r;
    if (im->fmt != LW_PIX_GRAY8) {
        r = lw_image_to_gray(out, im);
        return r < 0 ? lw_why_set(why, r, -1, "no memory for a grey picture") : r;
    }
    *out = im;
    im = NULL; /* moved to the caller */
    return LW_OK;
}

int lw_image_load(struct lw_image **out, const char *path, const struct lw_decode_opts *opts,
                  struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    int r = lw_file_read(path, FILE_BYTES_MAX, &data, &n, why);
    if (r == LW_OK)
        r = lw_image_decode(out, (struct lw_span){.data = data, .n = n}, opts, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

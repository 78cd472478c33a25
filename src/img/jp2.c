/* JPEG 2000 pixels by OpenJPEG: planes of integers of any depth, turned into RGB8. The headers were
 * read and bounded in jp2_header.c. */
#include <string.h>

#include <openjpeg.h>

#include "img/kinds.h"

enum { COMPONENTS_MAX = 4, PRECISION_MAX = 16 };

struct said {
    char text[128]; /* the library's first error, one line */
};

static void hear(const char *message, void *ctx)
{
    struct said *s = ctx;
    if (s->text[0])
        return;
    size_t n = strcspn(message, "\r\n");
    n = n < sizeof(s->text) ? n : sizeof(s->text) - 1;
    memcpy(s->text, message, n);
    s->text[n] = '\0';
}

static OPJ_SIZE_T stream_read(void *to, OPJ_SIZE_T n, void *ctx)
{
    struct lw_cursor *c = ctx;
    struct lw_span s;
    size_t left = lw_cursor_left(c);
    if (left == 0)
        return (OPJ_SIZE_T)-1;
    lw_cursor_take(c, n < left ? n : left, &s);
    memcpy(to, s.data, s.n);
    return s.n;
}

static OPJ_OFF_T stream_skip(OPJ_OFF_T n, void *ctx)
{
    struct lw_cursor *c = ctx;
    if (n < 0)
        return -1;
    size_t left = lw_cursor_left(c), step = (uint64_t)n < left ? (size_t)n : left;
    c->pos += step;
    return (OPJ_OFF_T)step;
}

static OPJ_BOOL stream_seek(OPJ_OFF_T to, void *ctx)
{
    return to >= 0 && lw_cursor_seek(ctx, (size_t)to) == LW_OK;
}

static opj_stream_t *open_stream(struct lw_cursor *c)
{
    opj_stream_t *s = opj_stream_default_create(OPJ_TRUE);
    if (!s)
        return NULL;
    opj_stream_set_read_function(s, stream_read);
    opj_stream_set_skip_function(s, stream_skip);
    opj_stream_set_seek_function(s, stream_seek);
    opj_stream_set_user_data(s, c, NULL);
    opj_stream_set_user_data_length(s, c->n);
    return s;
}

static opj_image_t *read_planes(opj_codec_t *codec, opj_stream_t *stream, int halvings)
{
    opj_dparameters_t params;
    opj_set_default_decoder_parameters(&params);
    params.cp_reduce = (OPJ_UINT32)halvings;
    opj_image_t *planes = NULL;
    if (opj_setup_decoder(codec, &params) && opj_read_header(stream, codec, &planes) &&
        opj_decode(codec, stream, planes) && opj_end_decompress(codec, stream))
        return planes;
    opj_image_destroy(planes);
    return NULL;
}

static int decode_planes(opj_image_t **planes, struct lw_span bytes, int halvings,
                         struct lw_why *why)
{
    struct said said = {.text = ""};
    struct lw_cursor c = lw_cursor_over(bytes);
    bool boxes = lw_image_sniff(bytes) == LW_KIND_JP2;
    opj_codec_t *codec = opj_create_decompress(boxes ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *stream = open_stream(&c);
    if (codec && stream) {
        opj_set_error_handler(codec, hear, &said);
        *planes = read_planes(codec, stream, halvings);
    }
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    if (*planes)
        return LW_OK;
    return lw_why_set(why, LW_EFORMAT, -1, "cannot be decoded as JPEG 2000: %s",
                      said.text[0] ? said.text : "no memory");
}

/* One decoded component, read at any pixel of the full grid as 0..255. */
struct plane {
    const OPJ_INT32 *v;
    unsigned w, h;    /* samples */
    OPJ_INT32 offset; /* makes signed samples positive */
    OPJ_INT32 top;    /* largest value */
};

static bool plane_init(struct plane *p, const opj_image_comp_t *c)
{
    if (!c->data || c->w < 1 || c->h < 1 || c->prec < 1 || c->prec > PRECISION_MAX)
        return false;
    *p = (struct plane){.v = c->data,
                        .w = c->w,
                        .h = c->h,
                        .offset = c->sgnd ? 1 << (c->prec - 1) : 0,
                        .top = (1 << c->prec) - 1};
    return true;
}

static int plane_at(const struct plane *p, int x, int y, int width, int height)
{
    size_t sx = p->w == (unsigned)width ? (size_t)x : (size_t)x * p->w / (size_t)width;
    size_t sy = p->h == (unsigned)height ? (size_t)y : (size_t)y * p->h / (size_t)height;
    OPJ_INT32 v = p->v[sy * p->w + sx];
    v = v < -p->offset ? 0 : v > p->top - p->offset ? p->top : v + p->offset;
    return p->top == 255 ? v : (v * 255 + p->top / 2) / p->top;
}

enum colours { GRAY, RGB, YCC, CMYK };

struct picture {
    struct plane colour[4], alpha;
    enum colours colours;
    bool has_alpha;
    int width, height;
};

/* H.2 of IEC 61966-2-1 Amd 1: the full-range inverse of BT.601, chroma around 128. */
static void from_ycc(int v[3])
{
    float y = (float)v[0], cb = (float)v[1] - 128.0f, cr = (float)v[2] - 128.0f;
    v[0] = (int)(lw_clampf(y + 1.402f * cr, 0, 255) + 0.5f);
    v[1] = (int)(lw_clampf(y - 0.344136f * cb - 0.714136f * cr, 0, 255) + 0.5f);
    v[2] = (int)(lw_clampf(y + 1.772f * cb, 0, 255) + 0.5f);
}

static void pixel(const struct picture *p, int x, int y, uint8_t rgb[3])
{
    int v[4] = {0};
    for (int i = 0; i < (p->colours == GRAY ? 1 : p->colours == CMYK ? 4 : 3); i++)
        v[i] = plane_at(&p->colour[i], x, y, p->width, p->height);
    if (p->colours == GRAY)
        v[1] = v[2] = v[0];
    else if (p->colours == YCC)
        from_ycc(v);
    else if (p->colours == CMYK)
        for (int i = 0; i < 3; i++)
            v[i] = ((255 - v[i]) * (255 - v[3]) + 127) / 255;
    if (p->has_alpha) {
        int a = plane_at(&p->alpha, x, y, p->width, p->height);
        for (int i = 0; i < 3; i++)
            v[i] = (v[i] * a + 255 * (255 - a) + 127) / 255;
    }
    for (int i = 0; i < 3; i++)
        rgb[i] = (uint8_t)v[i];
}

/* The first component of the codestream has a sample a pixel (read_components), and a channel
 * definition box may make a smaller one the first colour. */
static bool first_is_whole(const struct picture *p, const struct plane *all, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (all[i].w > p->colour[0].w || all[i].h > p->colour[0].h)
            return false;
    return true;
}

/* Which planes are colours: a channel definition box marks alpha; without one a second or fourth
 * plane beside grey or RGB is taken for it. */
static int sort_planes(struct picture *p, const opj_image_t *planes, struct lw_why *why)
{
    struct plane all[COMPONENTS_MAX];
    unsigned n = planes->numcomps, colours = 0;
    if (n < 1 || n > COMPONENTS_MAX)
        return lw_why_set(why, LW_EUNSUP, -1, "has %u components", n);
    bool ink = planes->color_space == OPJ_CLRSPC_CMYK;
    for (unsigned i = 0; i < n; i++) {
        if (!plane_init(&all[i], &planes->comps[i]))
            return lw_why_set(why, LW_EFORMAT, -1, "has an empty component %u", i);
        bool alpha = planes->comps[i].alpha != 0 ||
                     (!ink && i == n - 1 && (n == 2 || n == 4) && !p->has_alpha);
        if (alpha) {
            p->alpha = all[i];
            p->has_alpha = true;
        } else {
            p->colour[colours++] = all[i];
        }
    }
    if (colours != 1 && colours != 3 && !(ink && colours == 4))
        return lw_why_set(why, LW_EUNSUP, -1, "has %u colour components", colours);
    bool chroma_is_smaller = colours == 3 && p->colour[1].w < p->colour[0].w;
    p->colours = colours == 1                                                  ? GRAY
                 : colours == 4                                                ? CMYK
                 : planes->color_space == OPJ_CLRSPC_SYCC || chroma_is_smaller ? YCC
                                                                               : RGB;
    p->width = (int)p->colour[0].w;
    p->height = (int)p->colour[0].h;
    return first_is_whole(p, all, n)
               ? LW_OK
               : lw_why_set(why, LW_EUNSUP, -1,
                            "has a first colour with fewer samples than others");
}

static int paint(struct lw_image **out, const opj_image_t *planes, struct lw_why *why)
{
    struct picture p = {.has_alpha = false};
    struct lw_image *im = NULL;
    if (planes->color_space == OPJ_CLRSPC_EYCC)
        return lw_why_set(why, LW_EUNSUP, -1, "has the colour space e-YCC, not supported");
    int r = sort_planes(&p, planes, why);
    if (r < 0)
        return r;
    if ((r = lw_image_new(&im, LW_PIX_RGB8, p.width, p.height)) < 0)
        return lw_why_set(why, r, -1, "no memory for %d x %d pixels", p.width, p.height);
    for (int y = 0; y < p.height; y++)
        for (int x = 0; x < p.width; x++)
            pixel(&p, x, y, lw_image_row(im, y) + 3 * x);
    *out = im;
    return LW_OK;
}

int lw_jp2_pixels(struct lw_image **out, struct lw_span bytes, const struct lw_coded *c,
                  struct lw_why *why)
{
    opj_image_t *planes = NULL;
    int r = lw_jp2_complete(bytes, c->data, why);
    if (r < 0 || (r = decode_planes(&planes, bytes, c->halve, why)) < 0)
        return r;
    r = paint(out, planes, why);
    opj_image_destroy(planes);
    return r;
}

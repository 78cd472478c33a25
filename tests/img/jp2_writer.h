/* tests/img/jp2_writer.h - JPEG 2000 files of any depth, sub-sampling and colour space for tests.
 */
#ifndef LW_TESTS_IMG_JP2_WRITER_H
#define LW_TESTS_IMG_JP2_WRITER_H

#include "check.h"

#include <openjpeg.h>

#include "base/base.h"

enum { JP2_BYTES_MAX = 1 << 20 };

struct jp2_spec {
    int width, height, components;
    unsigned bits;
    bool is_signed, boxes; /* boxes: .jp2, else a bare codestream */
    unsigned chroma_step;  /* components 1 and 2 have every n-th sample */
    bool alpha;            /* the last component is opacity */
    OPJ_COLOR_SPACE space;
    int levels;                         /* wavelet levels, lossless */
    int tile;                           /* side of a tile, 0: one tile */
    int (*sample)(int c, int x, int y); /* at sample x, y of component c */
};

struct jp2_sink {
    uint8_t *data;
    size_t n, pos;
};

static inline OPJ_SIZE_T jp2_write(void *from, OPJ_SIZE_T n, void *ctx)
{
    struct jp2_sink *s = ctx;
    assert_true(s->pos + n <= JP2_BYTES_MAX);
    memcpy(s->data + s->pos, from, n);
    s->pos += n;
    s->n = s->pos > s->n ? s->pos : s->n;
    return n;
}

static inline OPJ_OFF_T jp2_skip(OPJ_OFF_T n, void *ctx)
{
    ((struct jp2_sink *)ctx)->pos += (size_t)n;
    return n;
}

static inline OPJ_BOOL jp2_seek(OPJ_OFF_T to, void *ctx)
{
    ((struct jp2_sink *)ctx)->pos = (size_t)to;
    return OPJ_TRUE;
}

static inline opj_image_t *jp2_planes(const struct jp2_spec *s)
{
    opj_image_cmptparm_t parm[4];
    memset(parm, 0, sizeof(parm));
    for (int c = 0; c < s->components; c++) {
        unsigned step = (c == 1 || c == 2) && s->chroma_step ? s->chroma_step : 1;
        parm[c].dx = parm[c].dy = step;
        parm[c].w = ((unsigned)s->width + step - 1) / step;
        parm[c].h = ((unsigned)s->height + step - 1) / step;
        parm[c].prec = s->bits;
        parm[c].sgnd = s->is_signed;
    }
    opj_image_t *im = opj_image_create((OPJ_UINT32)s->components, parm, s->space);
    assert_non_null(im);
    im->x1 = (OPJ_UINT32)s->width;
    im->y1 = (OPJ_UINT32)s->height;
    for (int c = 0; c < s->components; c++)
        for (unsigned y = 0; y < parm[c].h; y++)
            for (unsigned x = 0; x < parm[c].w; x++)
                im->comps[c].data[y * parm[c].w + x] = s->sample(c, (int)x, (int)y);
    if (s->alpha)
        im->comps[s->components - 1].alpha = 1;
    return im;
}

/* The file; data is the caller's (free). */
static inline struct jp2_sink jp2_file(const struct jp2_spec *s)
{
    struct jp2_sink sink = {.data = malloc(JP2_BYTES_MAX)};
    opj_cparameters_t p;
    opj_image_t *im = jp2_planes(s);
    opj_codec_t *codec = opj_create_compress(s->boxes ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    opj_stream_t *stream = opj_stream_default_create(OPJ_FALSE);
    opj_set_default_encoder_parameters(&p);
    p.tcp_numlayers = 1;
    p.cp_disto_alloc = 1;
    p.numresolution = s->levels + 1;
    p.tcp_mct = s->components == 3 && !s->chroma_step && s->space == OPJ_CLRSPC_SRGB;
    if (s->tile) {
        p.tile_size_on = OPJ_TRUE;
        p.cp_tdx = p.cp_tdy = s->tile;
    }
    assert_true(sink.data && codec && stream);
    opj_stream_set_write_function(stream, jp2_write);
    opj_stream_set_skip_function(stream, jp2_skip);
    opj_stream_set_seek_function(stream, jp2_seek);
    opj_stream_set_user_data(stream, &sink, NULL);
    assert_true(opj_setup_encoder(codec, &p, im) && opj_start_compress(codec, im, stream) &&
                opj_encode(codec, stream) && opj_end_compress(codec, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(codec);
    opj_image_destroy(im);
    return sink;
}

#endif

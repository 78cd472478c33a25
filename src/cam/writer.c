#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cam/impl.h"

struct lw_video_writer {
    char *path, *part; /* written under the second name until it is whole */
    AVFormatContext *format;
    AVCodecContext *codec;
    AVStream *stream;
    struct SwsContext *sws;
    AVFrame *frame;
    AVPacket *packet;
    int64_t next;
    bool made; /* part exists */
};

void lw_video_writer_abort(struct lw_video_writer **wp)
{
    struct lw_video_writer *w = *wp;
    if (!w)
        return;
    sws_freeContext(w->sws);
    av_frame_free(&w->frame);
    av_packet_free(&w->packet);
    avcodec_free_context(&w->codec);
    if (w->format)
        avio_closep(&w->format->pb);
    avformat_free_context(w->format);
    if (w->made)
        unlink(w->part);
    free(w->path);
    free(w->part);
    free(w);
    *wp = NULL;
}

static const char *muxer_of(const char *path)
{
    static const char *const known[][2] = {{".mp4", "mp4"}, {".mkv", "matroska"}, {".avi", "avi"}};
    const char *dot = strrchr(path, '.');
    for (size_t i = 0; dot && i < LW_COUNT(known); i++)
        if (strcmp(dot, known[i][0]) == 0)
            return known[i][1];
    return NULL;
}

static int check_opts(const char *path, const struct lw_video_writer_opts *o, struct lw_why *why)
{
    if (!muxer_of(path))
        return lw_why_set(why, LW_EUNSUP, -1, "the name ends in none of .mp4, .mkv, .avi");
    if (o->width < 16 || o->width > 8192 || o->width % 2 || o->height < 16 || o->height > 8192 ||
        o->height % 2)
        return lw_why_set(why, LW_EINVAL, -1, "%dx%d: sides are even, 16 to 8192", o->width,
                          o->height);
    if (!(o->fps >= 0.1 && o->fps <= 240.0) || o->crf < 0 || o->crf > 51)
        return lw_why_set(why, LW_EINVAL, -1, "frame rate 0.1 to 240, crf 0 to 51");
    return LW_OK;
}

static int open_codec(struct lw_video_writer *w, const struct lw_video_writer_opts *o,
                      struct lw_why *why)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("libx264");
    if (!codec)
        return lw_why_set(why, LW_EUNSUP, -1, "this libavcodec has no libx264");
    AVCodecContext *c = w->codec = avcodec_alloc_context3(codec);
    if (!c)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for an encoder");
    const AVRational rate = av_d2q(o->fps, 100000);
    c->width = o->width;
    c->height = o->height;
    c->pix_fmt = AV_PIX_FMT_YUV420P;
    c->time_base = av_inv_q(rate);
    c->framerate = rate;
    c->color_range = AVCOL_RANGE_MPEG;
    c->colorspace = AVCOL_SPC_BT709;
    c->color_primaries = AVCOL_PRI_BT709;
    c->color_trc = AVCOL_TRC_BT709;
    c->thread_count = 1;
    if (!(w->format->oformat->flags & AVFMT_GLOBALHEADER))
        c->max_b_frames = 0; /* AVI keeps no order of presentation */
    c->flags |= AV_CODEC_FLAG_BITEXACT;
    if (w->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(c->priv_data, "preset", "veryfast", 0);
    av_opt_set_double(c->priv_data, "crf", o->crf, 0);
    /* The AVX-512 code of this step in libx264 164 reads memory that was never written: the same
     * frames gave other bytes from run to run. */
    av_opt_set(c->priv_data, "x264-params", "mbtree=0", 0);
    const int r = avcodec_open2(c, codec, NULL);
    return r < 0 ? lw_av_fault(why, r, "the encoder does not start") : LW_OK;
}

static int open_muxer(struct lw_video_writer *w, struct lw_why *why)
{
    int r = avformat_alloc_output_context2(&w->format, NULL, muxer_of(w->path), w->part);
    if (r < 0)
        return lw_av_fault(why, r, "no writer for this container");
    w->format->flags |= AVFMT_FLAG_BITEXACT;
    w->stream = avformat_new_stream(w->format, NULL);
    w->packet = av_packet_alloc();
    w->frame = av_frame_alloc();
    return w->stream && w->packet && w->frame
               ? LW_OK
               : lw_why_set(why, LW_ENOMEM, -1, "no memory for a video writer");
}

static int begin(struct lw_video_writer *w, struct lw_why *why)
{
    int r = avcodec_parameters_from_context(w->stream->codecpar, w->codec);
    if (r < 0)
        return lw_av_fault(why, r, "codec parameters");
    w->stream->time_base = w->codec->time_base;
    w->stream->avg_frame_rate = w->codec->framerate;
    r = avio_open(&w->format->pb, w->part, AVIO_FLAG_WRITE);
    if (r < 0)
        return lw_av_fault(why, r, "cannot be written");
    w->made = true;
    /* The index in front: a file that is cut later still gives its first frames. */
    AVDictionary *o = NULL;
    av_dict_set(&o, "movflags", "+faststart", 0);
    r = avformat_write_header(w->format, &o);
    av_dict_free(&o);
    return r < 0 ? lw_av_fault(why, r, "cannot be written") : LW_OK;
}

static int prepare_frame(struct lw_video_writer *w, struct lw_why *why)
{
    w->frame->format = AV_PIX_FMT_YUV420P;
    w->frame->width = w->codec->width;
    w->frame->height = w->codec->height;
    w->sws = sws_getContext(w->codec->width, w->codec->height, AV_PIX_FMT_RGB24, w->codec->width,
                            w->codec->height, AV_PIX_FMT_YUV420P,
                            SWS_BILINEAR | SWS_ACCURATE_RND | SWS_BITEXACT, NULL, NULL, NULL);
    if (!w->sws || av_frame_get_buffer(w->frame, 0) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a frame");
    sws_setColorspaceDetails(w->sws, sws_getCoefficients(SWS_CS_DEFAULT), 1,
                             sws_getCoefficients(SWS_CS_ITU709), 0, 0, 1 << 16, 1 << 16);
    return LW_OK;
}

static int set_paths(struct lw_video_writer *w, const char *path, struct lw_why *why)
{
    const size_t n = strlen(path) + sizeof(".part");
    w->path = strdup(path);
    w->part = malloc(n);
    if (!w->path || !w->part)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a path");
    snprintf(w->part, n, "%s.part", path);
    return LW_OK;
}

static int open_parts(struct lw_video_writer *w, const struct lw_video_writer_opts *opts,
                      struct lw_why *why)
{
    int r = open_muxer(w, why);
    if (r < 0 || (r = open_codec(w, opts, why)) < 0 || (r = prepare_frame(w, why)) < 0)
        return r;
    return begin(w, why);
}

int lw_video_writer_open(struct lw_video_writer **out, const char *path,
                         const struct lw_video_writer_opts *opts, struct lw_why *why)
{
    const struct lw_video_writer_opts defaults = LW_VIDEO_WRITER_DEFAULTS;
    if (!opts)
        opts = &defaults;
    lw_av_quiet();
    LW_AUTO(lw_video_writer) w = NULL;
    int r = check_opts(path, opts, why);
    if (r == LW_OK && !(w = calloc(1, sizeof(*w))))
        r = lw_why_set(why, LW_ENOMEM, -1, "no memory for a video writer");
    if (r < 0 || (r = set_paths(w, path, why)) < 0 || (r = open_parts(w, opts, why)) < 0) {
        lw_why_prefix(why, "%s", path);
        return r;
    }
    *out = w;
    w = NULL;
    return LW_OK;
}

/* frame: NULL drains the encoder. */
static int encode(struct lw_video_writer *w, const AVFrame *frame, struct lw_why *why)
{
    int r = avcodec_send_frame(w->codec, frame);
    while (r >= 0) {
        r = avcodec_receive_packet(w->codec, w->packet);
        if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
            return LW_OK;
        if (r < 0)
            break;
        av_packet_rescale_ts(w->packet, w->codec->time_base, w->stream->time_base);
        w->packet->stream_index = w->stream->index;
        r = av_interleaved_write_frame(w->format, w->packet);
    }
    r = lw_av_fault(why, r, "a frame cannot be written");
    lw_why_prefix(why, "%s", w->path);
    return r;
}

int lw_video_writer_put(struct lw_video_writer *w, const struct lw_image *frame, struct lw_why *why)
{
    if (frame->fmt != LW_PIX_RGB8 || frame->width != w->codec->width ||
        frame->height != w->codec->height)
        return lw_why_set(why, LW_EINVAL, -1, "%s: a frame of %dx%d does not fit", w->path,
                          frame->width, frame->height);
    int r = av_frame_make_writable(w->frame);
    if (r < 0)
        return lw_av_fault(why, r, "no memory for a frame");
    const uint8_t *const planes[4] = {frame->data, NULL, NULL, NULL};
    const int strides[4] = {(int)frame->stride, 0, 0, 0};
    sws_scale(w->sws, planes, strides, 0, frame->height, w->frame->data, w->frame->linesize);
    w->frame->pts = w->next++;
    return encode(w, w->frame, why);
}

static int finish(struct lw_video_writer *w, struct lw_why *why)
{
    int r = encode(w, NULL, why);
    if (r < 0)
        return r;
    r = av_write_trailer(w->format);
    const int closed = avio_closep(&w->format->pb);
    if (r >= 0)
        r = closed;
    if (r < 0)
        r = lw_av_fault(why, r, "the end cannot be written");
    else if (rename(w->part, w->path) < 0)
        r = lw_why_set(why, LW_EIO, -1, "the finished file cannot be renamed");
    if (r < 0)
        lw_why_prefix(why, "%s", w->path);
    w->made = r < 0;
    return r;
}

int lw_video_writer_finish(struct lw_video_writer **w, struct lw_why *why)
{
    const int r = finish(*w, why);
    lw_video_writer_abort(w);
    return r;
}

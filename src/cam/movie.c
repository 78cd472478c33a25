#include <fcntl.h>
#include <inttypes.h>
#include <libavcodec/avcodec.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cam/impl.h"

enum { READ_BUFFER = 64 * 1024, LOST_MAX = 64 };

struct lw_movie {
    int fd;
    AVIOContext *io;
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame;
    AVStream *stream;
    struct lw_pixels pixels;
    struct lw_turn turn;
    struct lw_why cut;        /* what the container's own sizes say; code LW_OK: whole */
    struct lw_why read_fault; /* of the demuxer */
    int64_t packets;          /* read of our stream */
    int64_t step_ns;          /* nominal */
    bool any;                 /* a frame was given; the next three are of the last one */
    int64_t last_pts, last_ns, last_index;
    int64_t next_index;
    int64_t lost[LOST_MAX]; /* times of packets that did not decode, not yet given an index */
    size_t n_lost;
    bool flushing;
};

static int read_bytes(void *opaque, uint8_t *buf, int n)
{
    const struct lw_movie *m = opaque;
    const ssize_t got = read(m->fd, buf, (size_t)n);
    return got > 0 ? (int)got : got == 0 ? AVERROR_EOF : AVERROR(EIO);
}

static int64_t seek_to(void *opaque, int64_t offset, int whence)
{
    const struct lw_movie *m = opaque;
    struct stat st;
    if (whence & AVSEEK_SIZE)
        return fstat(m->fd, &st) == 0 ? (int64_t)st.st_size : AVERROR(EIO);
    const off_t at = lseek(m->fd, (off_t)offset, whence & ~AVSEEK_FORCE);
    return at < 0 ? AVERROR(EIO) : (int64_t)at;
}

/* No file may make us open another one. */
static int open_nothing(struct AVFormatContext *s, AVIOContext **pb, const char *url, int flags,
                        AVDictionary **options)
{
    LW_UNUSED(s);
    LW_UNUSED(pb);
    LW_UNUSED(url);
    LW_UNUSED(flags);
    LW_UNUSED(options);
    return AVERROR(EACCES);
}

void lw_movie_free(struct lw_movie **mp)
{
    struct lw_movie *m = *mp;
    if (!m)
        return;
    lw_pixels_clear(&m->pixels);
    av_frame_free(&m->frame);
    av_packet_free(&m->packet);
    avcodec_free_context(&m->codec);
    avformat_close_input(&m->format);
    if (m->io)
        av_freep(&m->io->buffer);
    avio_context_free(&m->io);
    if (m->fd >= 0)
        close(m->fd);
    free(m);
    *mp = NULL;
}

static int make_io(struct lw_movie *m, struct lw_why *why)
{
    uint8_t *buffer = av_malloc(READ_BUFFER);
    if (buffer)
        m->io = avio_alloc_context(buffer, READ_BUFFER, 0, m, read_bytes, NULL, seek_to);
    if (!m->io)
        av_free(buffer);
    m->format = avformat_alloc_context();
    m->packet = av_packet_alloc();
    m->frame = av_frame_alloc();
    if (!m->io || !m->format || !m->packet || !m->frame)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a video reader");
    m->format->pb = m->io;
    m->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    m->format->io_open = open_nothing;
    m->format->max_streams = 32;
    m->format->probesize = 4 << 20;
    return LW_OK;
}

/* Containers by name: lists of other files (concat, hls, ...) and raw streams are not among them,
 * and no protocol is needed, since the bytes come from our own descriptor. */
static int open_container(struct lw_movie *m, struct lw_why *why)
{
    AVDictionary *o = NULL;
    av_dict_set(&o, "format_whitelist", "mov,matroska,avi", 0);
    av_dict_set(&o, "protocol_whitelist", "none", 0);
    av_dict_set(&o, "codec_whitelist", "h264,hevc,mpeg4,mjpeg,vp8,vp9,libdav1d,av1,png,rawvideo",
                0);
    int r = avformat_open_input(&m->format, "", NULL, &o); /* frees m->format on failure */
    av_dict_free(&o);
    if (r < 0) {
        if (m->cut.code < 0) {
            if (why)
                *why = m->cut;
            return m->cut.code;
        }
        if (r == AVERROR(EINVAL)) /* what the whitelist answers */
            return lw_why_set(why, LW_EUNSUP, -1, "is not an MP4, MKV or AVI file");
        return lw_av_fault(why, r, "is no readable MP4, MKV or AVI file");
    }
    return LW_OK;
}

static int pick_stream(struct lw_movie *m, struct lw_why *why)
{
    for (unsigned i = 0; i < m->format->nb_streams; i++) {
        AVStream *s = m->format->streams[i];
        const bool picture = s->codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
                             !(s->disposition & AV_DISPOSITION_ATTACHED_PIC);
        if (picture && !m->stream)
            m->stream = s;
        else
            s->discard = AVDISCARD_ALL;
    }
    return m->stream ? LW_OK : lw_why_set(why, LW_EFORMAT, -1, "there is no video in the file");
}

static int check_size(int w, int h, int max_side, struct lw_why *why)
{
    if (w < 1 || h < 1)
        return lw_why_set(why, LW_EFORMAT, -1, "the video names no picture size");
    if (w > max_side || h > max_side)
        return lw_why_set(why, LW_ELIMIT, -1, "%dx%d is larger than %d pixels a side", w, h,
                          max_side);
    return LW_OK;
}

static int open_codec(struct lw_movie *m, const struct lw_source_opts *opts, struct lw_why *why)
{
    const AVCodecParameters *par = m->stream->codecpar;
    int r = check_size(par->width, par->height, opts->max_side, why);
    if (r < 0)
        return r;
    const AVCodec *codec = avcodec_find_decoder(par->codec_id);
    if (!codec)
        return lw_why_set(why, LW_EUNSUP, -1, "no decoder for %s video",
                          avcodec_get_name(par->codec_id));
    m->codec = avcodec_alloc_context3(codec);
    if (!m->codec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a decoder");
    r = avcodec_parameters_to_context(m->codec, par);
    if (r < 0)
        return lw_av_fault(why, r, "codec parameters");
    m->codec->thread_count = (int)opts->threads;
    m->codec->max_pixels = (int64_t)opts->max_side * opts->max_side;
    m->codec->pkt_timebase = m->stream->time_base;
    r = avcodec_open2(m->codec, codec, NULL);
    return r < 0 ? lw_av_fault(why, r, "the decoder does not start") : LW_OK;
}

static const int32_t *display_matrix(const struct lw_movie *m)
{
    size_t n = 0;
    const uint8_t *side = av_stream_get_side_data(m->stream, AV_PKT_DATA_DISPLAYMATRIX, &n);
    return n >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)side : NULL;
}

/* Frames that the index promises. Only MP4 and AVI have an index that is made before reading. */
static int64_t frames_declared(const struct lw_movie *m)
{
    if (strstr(m->format->iformat->name, "mov")) {
        const int n = avformat_index_get_entries_count(m->stream);
        return n > 0 ? n : -1;
    }
    return m->stream->nb_frames > 0 ? m->stream->nb_frames : -1;
}

static void describe(struct lw_movie *m, struct lw_source_info *info)
{
    AVRational rate = m->stream->avg_frame_rate;
    if (rate.num <= 0 || rate.den <= 0)
        rate = m->stream->r_frame_rate;
    const double fps = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0.0;
    info->fps = fps >= 0.1 && fps <= 1000.0 ? fps : 25.0;
    m->step_ns = (int64_t)((double)LW_SEC / info->fps);
    m->turn = lw_turn_of_matrix(display_matrix(m));
    const bool swap = m->turn.quarters & 1;
    info->width = swap ? m->codec->height : m->codec->width;
    info->height = swap ? m->codec->width : m->codec->height;
    info->frames_declared = frames_declared(m);
}

static int open_parts(struct lw_movie *m, const struct lw_source_opts *opts, struct lw_why *why)
{
    struct stat st;
    if (fstat(m->fd, &st) < 0)
        return lw_why_set(why, LW_EIO, -1, "cannot be read");
    const int whole = lw_container_whole(m->fd, (int64_t)st.st_size, &m->cut);
    m->cut.code = whole < 0 ? whole : LW_OK;
    int r = make_io(m, why);
    if (r < 0 || (r = open_container(m, why)) < 0)
        return r;
    r = avformat_find_stream_info(m->format, NULL);
    if (r < 0)
        return lw_av_fault(why, r, "the streams are not readable");
    if ((r = pick_stream(m, why)) < 0)
        return r;
    return open_codec(m, opts, why);
}

int lw_movie_open(struct lw_movie **out, int fd, const struct lw_source_opts *opts,
                  struct lw_source_info *info, struct lw_why *why)
{
    LW_AUTO(lw_movie) m = calloc(1, sizeof(*m));
    if (!m)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a video reader");
    lw_av_quiet();
    m->fd = fd;
    m->last_pts = AV_NOPTS_VALUE;
    int r = open_parts(m, opts, why);
    if (r < 0) {
        m->fd = -1; /* stays the caller's */
        return r;
    }
    describe(m, info);
    *out = m;
    m = NULL;
    return LW_OK;
}

static int64_t packet_time(const AVPacket *p)
{
    return p->pts != AV_NOPTS_VALUE ? p->pts : p->dts;
}

static void lose(struct lw_movie *m, int64_t pts, int averror, struct lw_source_info *info)
{
    struct lw_why why;
    lw_av_fault(&why, averror, "a frame does not decode");
    lw_source_note_bad(info, &why);
    if (m->n_lost == LOST_MAX) /* a long run of them: their order no longer matters */
        m->next_index++;
    else
        m->lost[m->n_lost++] = pts;
}

/* The lost frames that were to be shown before pts take their index now. */
static void pass_lost(struct lw_movie *m, int64_t pts)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->n_lost; i++) {
        const bool later =
            m->lost[i] != AV_NOPTS_VALUE && pts != AV_NOPTS_VALUE && m->lost[i] > pts;
        if (later)
            m->lost[kept++] = m->lost[i];
        else
            m->next_index++;
    }
    m->n_lost = kept;
}

/* Reads on to the next packet of our stream and hands it to the decoder. */
static void feed(struct lw_movie *m, struct lw_source_info *info)
{
    int r = av_read_frame(m->format, m->packet);
    if (r < 0) {
        if (r != AVERROR_EOF)
            lw_av_fault(&m->read_fault, r, "reading stops");
        m->flushing = true;
        avcodec_send_packet(m->codec, NULL);
        return;
    }
    if (m->packet->stream_index == m->stream->index) {
        m->packets++;
        const int64_t pts = packet_time(m->packet);
        if (m->packet->flags & AV_PKT_FLAG_CORRUPT)
            r = AVERROR_INVALIDDATA;
        else
            r = avcodec_send_packet(m->codec, m->packet);
        if (r < 0 && r != AVERROR(EAGAIN))
            lose(m, pts, r, info);
    }
    av_packet_unref(m->packet);
}

/* Time since the last frame, by the container where that makes sense. */
static int64_t time_gone(const struct lw_movie *m, int64_t pts, struct lw_source_info *info)
{
    if (pts == AV_NOPTS_VALUE || m->last_pts == AV_NOPTS_VALUE)
        return m->step_ns;
    const int64_t gone =
        av_rescale_q(pts - m->last_pts, m->stream->time_base, (AVRational){1, 1000000000});
    if (gone > 0 && gone <= 10 * LW_SEC)
        return gone;
    info->times_mended++;
    return m->step_ns;
}

static void number(struct lw_movie *m, int64_t pts, struct lw_frame *out,
                   struct lw_source_info *info)
{
    if (m->any) {
        const int64_t gone = time_gone(m, pts, info);
        /* Where the file was cut, frames that stand between may be missing without a trace. */
        const int64_t by_time = m->last_index + (gone + m->step_ns / 2) / m->step_ns;
        if (m->flushing && m->cut.code < 0 && by_time > m->next_index)
            m->next_index = by_time;
        m->last_ns += gone;
    } else {
        m->last_ns = m->next_index * m->step_ns;
    }
    m->any = true;
    m->last_pts = pts;
    out->t_ns = m->last_ns;
    out->index = m->last_index = m->next_index++;
}

/* 1: a picture in m->frame; 0: the end; the loop is bounded by the packets of the file. */
static int decode(struct lw_movie *m, struct lw_source_info *info)
{
    for (;;) {
        const int r = avcodec_receive_frame(m->codec, m->frame);
        if (r == 0) {
            const int64_t pts = m->frame->best_effort_timestamp;
            if (!(m->frame->flags & AV_FRAME_FLAG_CORRUPT) && !m->frame->decode_error_flags)
                return 1;
            lose(m, pts, AVERROR_INVALIDDATA, info);
        } else if (r == AVERROR_EOF || m->flushing) {
            return 0;
        } else {
            if (r != AVERROR(EAGAIN))
                lose(m, AV_NOPTS_VALUE, r, info);
            feed(m, info);
        }
    }
}

/* After the last frame: was that all there should be? */
static int ending(const struct lw_movie *m, const struct lw_source_info *info, struct lw_why *why)
{
    const struct lw_why *fault = m->cut.code < 0 ? &m->cut : &m->read_fault;
    if (fault->code < 0) {
        if (why)
            *why = *fault;
        return fault->code;
    }
    if (m->packets < info->frames_declared)
        return lw_why_set(why, LW_ETRUNC, -1,
                          "the file ends after %" PRId64 " of %" PRId64 " frames", m->packets,
                          info->frames_declared);
    return 0;
}

int lw_movie_next(struct lw_movie *m, struct lw_frame *out, struct lw_source_info *info,
                  struct lw_why *why)
{
    if (decode(m, info) == 0) {
        pass_lost(m, AV_NOPTS_VALUE);
        return ending(m, info, why);
    }
    const int64_t pts = m->frame->best_effort_timestamp;
    pass_lost(m, pts);
    struct lw_image *im = NULL;
    m->frame->sample_aspect_ratio = av_guess_sample_aspect_ratio(m->format, m->stream, m->frame);
    const int r = lw_pixels_convert(&m->pixels, &im, m->frame, m->turn, why);
    av_frame_unref(m->frame);
    if (r < 0)
        return r;
    out->image = im;
    number(m, pts, out, info);
    return 1;
}

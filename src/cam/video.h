/* cam/video.h - frames from a video file or a folder glob of stills, and a video writer.
 * One owner, one thread each. Only room with libav*. */
#ifndef LW_CAM_VIDEO_H
#define LW_CAM_VIDEO_H

#include "img/image.h"

struct lw_frame {
    struct lw_image *image; /* RGB8, full resolution, upright, pixels square; your reference: unref
                               it */
    int64_t t_ns;           /* from the start of the source; grows from frame to frame */
    int64_t index;          /* from 0 in presentation order */
};

struct lw_source_opts {
    unsigned threads;   /* decoder threads, 1..16, default 1 */
    double fps;         /* of stills, 0.1..240, default 10 */
    int max_side;       /* 16..16384, default 8192 */
    int64_t max_frames; /* 1..1 million; further ones are not read and reported, default 20000 */
};
#define LW_SOURCE_DEFAULTS                                                                         \
    ((struct lw_source_opts){.threads = 1, .fps = 10.0, .max_side = 8192, .max_frames = 20000})

struct lw_source;

/* path: an MP4, MKV or AVI file, one still, or a glob ("frames/front_*.jpg", wildcards in the last
 * component only) whose matches are read in bytewise order; root: links and matches must stay
 * inside this folder (NULL: anywhere). Only regular files are read, never another file or address
 * that a file names. opts may be NULL. LW_EINVAL, LW_ENOTFOUND, LW_EIO, LW_EFORMAT, LW_ETRUNC (a
 * container cut before its index), LW_EUNSUP, LW_ELIMIT. */
int lw_source_open(struct lw_source **out, const char *root, const char *path,
                   const struct lw_source_opts *opts, struct lw_why *why);
void lw_source_close(struct lw_source **s);
#define lw_source_free lw_source_close

/* 1: a frame; 0: the end. A fault in mid-stream (truncated, corrupt, more frames than max_frames,
 * not one readable frame) ends the source: the call returns the negative code once, with why, then
 * 0; the frames before it are good. A single frame that does not decode, or has another size than
 * the first, is skipped and counted; its index is not given to another. Times that stand still, run
 * backwards or jump by more than 10 s are replaced by the nominal step. */
int lw_source_next(struct lw_source *s, struct lw_frame *out, struct lw_why *why);

struct lw_source_info {
    int width, height;       /* upright; of stills 0 before the first frame; of films then as in
                                the file, from then on as the frames are */
    double fps;              /* nominal */
    int64_t frames_declared; /* by the container or the glob, -1 unknown */
    int64_t frames_read, frames_bad;
    struct lw_why bad;    /* why the first bad frame was; code LW_OK while there is none */
    int64_t times_mended; /* times that made no sense, replaced by the nominal step */
    int64_t order_breaks; /* of stills: how often the number in the name goes down, in read order */
};
void lw_source_info(const struct lw_source *s, struct lw_source_info *out);

/* H.264 in MP4, MKV or AVI (by the end of path: .mp4 .mkv .avi), 4:2:0, BT.709, same bytes for the
 * same frames and options (single thread, bitexact). */
struct lw_video_writer;
struct lw_video_writer_opts {
    int width, height; /* even, 16..8192 */
    double fps;        /* 0.1..240 */
    int crf;           /* 0..51 */
};
#define LW_VIDEO_WRITER_DEFAULTS                                                                   \
    ((struct lw_video_writer_opts){.width = 1920, .height = 1080, .fps = 10.0, .crf = 20})

int lw_video_writer_open(struct lw_video_writer **out, const char *path,
                         const struct lw_video_writer_opts *opts, struct lw_why *why);
int lw_video_writer_put(struct lw_video_writer *w, const struct lw_image *frame,
                        struct lw_why *why);
/* Finish the file, which appears under its name only now; on any failure, or _abort, no file is
 * left behind. *w is gone either way. */
int lw_video_writer_finish(struct lw_video_writer **w, struct lw_why *why);
void lw_video_writer_abort(struct lw_video_writer **w);
#define lw_video_writer_free lw_video_writer_abort

#endif

/* cam/video.h - frames from a video file or a folder glob of stills, and a video writer.
 * One owner, one thread each. Only room with libav*. */
#ifndef LW_CAM_VIDEO_H
#define LW_CAM_VIDEO_H

#include "img/image.h"

struct lw_frame {
    struct lw_image *image; /* RGB8, full resolution, upright; your reference: unref it */
    int64_t t_ns;           /* from the start of the source */
    int64_t index;          /* from 0 in presentation order */
};

struct lw_source_opts {
    unsigned threads;   /* decoder threads, 1..16, default 1 */
    double fps;         /* of stills, 0.1..240, default 10 */
    int max_side;       /* default 8192 */
    int64_t max_frames; /* further ones are not read and reported, default 20000 */
};
#define LW_SOURCE_DEFAULTS                                                                         \
    ((struct lw_source_opts){.threads = 1, .fps = 10.0, .max_side = 8192, .max_frames = 20000})

struct lw_source;

/* path: MP4, MKV or AVI file, or a glob ("frames/front_*.jpg") whose matches are read in bytewise
 * order; root: links and matches must stay inside this folder (NULL: anywhere).
 * LW_ENOTFOUND, LW_EFORMAT, LW_EUNSUP, LW_ELIMIT. */
int lw_source_open(struct lw_source **out, const char *root, const char *path,
                   const struct lw_source_opts *opts, struct lw_why *why);
void lw_source_close(struct lw_source **s);
#define lw_source_free lw_source_close

/* 1: a frame; 0: the end. A fault in mid-stream (truncated, corrupt) ends the source: the call
 * returns the negative code once, with why; the frames before it are good. A single frame that does
 * not decode is skipped and counted; its index is not given to another. */
int lw_source_next(struct lw_source *s, struct lw_frame *out, struct lw_why *why);

struct lw_source_info {
    int width, height;       /* 0 before the first frame of stills */
    double fps;              /* nominal */
    int64_t frames_declared; /* by the container, -1 unknown */
    int64_t frames_read, frames_bad;
};
void lw_source_info(const struct lw_source *s, struct lw_source_info *out);

/* H.264 in MP4, 4:2:0, same bytes for the same frames and options (single thread, bitexact). */
struct lw_video_writer;
struct lw_video_writer_opts {
    int width, height; /* even, 16..8192 */
    double fps;
    int crf; /* 0..51, default 20 */
};
int lw_video_writer_open(struct lw_video_writer **out, const char *path,
                         const struct lw_video_writer_opts *opts, struct lw_why *why);
int lw_video_writer_put(struct lw_video_writer *w, const struct lw_image *frame,
                        struct lw_why *why);
/* Finish the file; on any failure, or _abort, no file is left behind. */
int lw_video_writer_finish(struct lw_video_writer **w, struct lw_why *why);
void lw_video_writer_abort(struct lw_video_writer **w);

#endif

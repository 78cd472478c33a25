/* app/passage.h - one camera of a crossing: its file, and the watch that looks. While one frame is
 * looked at the next may be decoded by another thread: _look and _decode touch different members.
 * One owner. */
#ifndef LW_APP_PASSAGE_H
#define LW_APP_PASSAGE_H

#include "app/watch.h"
#include "cam/video.h"
#include "cross/bundle.h"

struct lw_passage {
    struct lw_watch *watch; /* NULL: the camera could not be opened */
    int width, height;
    int64_t frames;
    int64_t decode_ns, look_ns, last_frame_ns;
    int64_t last_t_ns; /* of the last frame, in the source's own time */
    char fault[128];   /* "" none; several are joined */
    bool pictures;
    struct lw_image *picture; /* reduced frame with the most faces, for a report */
    int64_t picture_frame;
    size_t picture_faces;
    struct lw_source *source;     /* NULL: not opened */
    bool ended;                   /* no more frames will come */
    bool failed;                  /* looking did: the passage ends here */
    struct lw_frame frame, ahead; /* to be looked at, and the one after it; image NULL: none */
    struct lw_why why;            /* of decoding; code 0: no fault */
};

/* Open the camera and decode its first frame. A camera that cannot be read has a fault and no
 * frame; negative only for want of memory. pictures: keep what a report shows. */
int lw_passage_open(struct lw_passage *p, struct lw_facekit *kit, const char *dir,
                    const struct lw_bundle_camera *camera, const struct lw_watch_opts *opts,
                    bool pictures);

/* When the frame that waits was taken; INT64_MAX when there is none. */
int64_t lw_passage_next_ns(const struct lw_passage *p);

/* Look at the frame that waits. A fault ends the passage and is kept. */
int lw_passage_look(struct lw_passage *p);
/* Give up its picture. */
void lw_passage_drop(struct lw_passage *p);
/* Decode the frame after it. */
void lw_passage_decode(struct lw_passage *p);
/* Both are done: the frame has been seen, the one after it waits. */
void lw_passage_advance(struct lw_passage *p);

/* Say what was wrong with the file. Watch and picture stay until _clear. */
void lw_passage_finish(struct lw_passage *p);
void lw_passage_clear(struct lw_passage *p);

/* One more fault of this camera; what does not fit is cut off. */
void lw_passage_blame(struct lw_passage *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif

/* app/passage.h - one camera of a crossing: its file, the thread that decodes ahead, and the watch
 * that looks. One owner; the decoding thread is inside. */
#ifndef LW_APP_PASSAGE_H
#define LW_APP_PASSAGE_H

#include <pthread.h>

#include "app/watch.h"
#include "base/queue.h"
#include "cam/video.h"
#include "cross/bundle.h"

struct lw_passage {
    struct lw_watch *watch; /* NULL: the camera could not be opened */
    int width, height;
    int64_t frames;
    int64_t decode_ns, look_ns, last_frame_ns;
    char fault[128]; /* "" none */
    bool pictures;
    struct lw_image *picture; /* reduced frame with the most faces, for a report */
    int64_t picture_frame;
    size_t picture_faces;
    /* The decoding thread; next is the frame that waits to be looked at, NULL after the last. */
    struct lw_source *source;
    struct lw_queue *queue;
    bool reads;
    pthread_t thread;
    struct lw_frame *next;
    struct lw_why why; /* of the thread; code 0: no fault */
};

/* Open the camera and wait for its first frame. A camera that cannot be read has a fault and no
 * frame; negative only for want of memory. pictures: keep what a report shows. */
int lw_passage_open(struct lw_passage *p, struct lw_facekit *kit, const char *dir,
                    const struct lw_bundle_camera *camera, const struct lw_watch_opts *opts,
                    bool pictures);

/* When the waiting frame was taken; INT64_MAX when there is none. */
int64_t lw_passage_next_ns(const struct lw_passage *p);

/* Look at the waiting frame and wait for the one after it. A fault ends the passage and is kept. */
int lw_passage_step(struct lw_passage *p);

/* Stop reading; the watch and the picture stay until _clear. */
void lw_passage_finish(struct lw_passage *p);
void lw_passage_clear(struct lw_passage *p);

#endif

/* cam/impl.h - the parts behind video.h; for the files of this room only. */
#ifndef LW_CAM_IMPL_H
#define LW_CAM_IMPL_H

#include <libavformat/avformat.h>

#include "cam/video.h"

/* The library's own words go nowhere: faults leave through struct lw_why. Cheap to call again. */
void lw_av_quiet(void);
/* why from an AVERROR code: the library's text under our code. fallback is used for codes that say
 * nothing of the input. */
int lw_av_fault(struct lw_why *why, int averror, const char *what);

/* --- pixels.c: decoder frames to upright RGB8 --- */
struct SwsContext;
struct lw_pixels {
    struct SwsContext *sws;
    int width, height, format, matrix, full_range; /* that sws is set up for */
    int out_width, out_height;                     /* with square pixels, before turning */
};
void lw_pixels_clear(struct lw_pixels *p);

/* How a stored picture is to be turned: quarter turns clockwise after an optional mirroring of
 * left and right. */
struct lw_turn {
    bool mirror;
    int quarters; /* 0..3 */
};
/* From a display matrix of ISO/IEC 14496-12 6.2.2 as libavutil hands it out; NULL: no turn. */
struct lw_turn lw_turn_of_matrix(const int32_t *matrix);
int lw_pixels_convert(struct lw_pixels *p, struct lw_image **out, const AVFrame *frame,
                      struct lw_turn turn, struct lw_why *why);

/* --- whole.c: does the file end where its container says? --- */
/* LW_OK; LW_ETRUNC with the element that runs past the end. Containers without sizes pass. */
int lw_container_whole(int fd, int64_t file_bytes, struct lw_why *why);

/* --- movie.c: one container file --- */
struct lw_movie;
int lw_movie_open(struct lw_movie **out, int fd, const struct lw_source_opts *opts,
                  struct lw_source_info *info, struct lw_why *why); /* fd is taken on success */
void lw_movie_free(struct lw_movie **m);
/* As lw_source_next; a frame's size is not looked at here. */
int lw_movie_next(struct lw_movie *m, struct lw_frame *out, struct lw_source_info *info,
                  struct lw_why *why);

/* --- stills.c: a folder glob --- */
struct lw_stills;
int lw_stills_open(struct lw_stills **out, const char *root, const char *pattern,
                   const struct lw_source_opts *opts, struct lw_source_info *info,
                   struct lw_why *why);
void lw_stills_free(struct lw_stills **s);
int lw_stills_next(struct lw_stills *s, struct lw_frame *out, struct lw_source_info *info,
                   struct lw_why *why);

/* Count a bad frame; the first one's reason is kept. */
void lw_source_note_bad(struct lw_source_info *info, const struct lw_why *why);

#endif

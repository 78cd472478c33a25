/* A small moving picture to write and read back: a bright square on a coloured ground whose place
 * tells the frame's number. */
#ifndef LW_TESTS_CAM_MOVIE_FIXTURE_H
#define LW_TESTS_CAM_MOVIE_FIXTURE_H

#include <sys/stat.h>

#include "base/file.h"
#include "cam/video.h"
#include "check.h"

enum { MOVIE_W = 176, MOVIE_H = 144, SQUARE = 24, STEP = 6 };

static inline void movie_dir(char out[64])
{
    strcpy(out, "/tmp/lw-cam-XXXXXX");
    CHECK(mkdtemp(out) != NULL);
}

static inline void movie_dir_remove(const char *dir)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    CHECK(system(command) == 0);
}

static inline struct lw_image *movie_frame(int i, int w, int h)
{
    struct lw_image *im = NULL;
    CHECK(lw_image_new(&im, LW_PIX_RGB8, w, h) == LW_OK);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            uint8_t *p = lw_image_row(im, y) + 3 * x;
            const bool on = x >= i * STEP && x < i * STEP + SQUARE && y >= 40 && y < 40 + SQUARE;
            p[0] = on ? 240 : 160;
            p[1] = on ? 240 : 40;
            p[2] = on ? 240 : 30;
        }
    return im;
}

/* The number that movie_frame drew, from the square's middle column. */
static inline int movie_number(const struct lw_image *im)
{
    const uint8_t *row = lw_image_crow(im, 40 + SQUARE / 2);
    int sum = 0, n = 0;
    for (int x = 0; x < im->width; x++)
        if (row[3 * x + 1] > 140) {
            sum += x;
            n++;
        }
    return n ? (sum / n - SQUARE / 2 + STEP / 2) / STEP : -1;
}

static inline void movie_write(const char *path, int frames)
{
    struct lw_video_writer *w = NULL;
    struct lw_video_writer_opts o = LW_VIDEO_WRITER_DEFAULTS;
    o.width = MOVIE_W;
    o.height = MOVIE_H;
    CHECK(lw_video_writer_open(&w, path, &o, NULL) == LW_OK);
    for (int i = 0; i < frames; i++) {
        struct lw_image *im = movie_frame(i, MOVIE_W, MOVIE_H);
        CHECK(lw_video_writer_put(w, im, NULL) == LW_OK);
        lw_image_unref(&im);
    }
    CHECK(lw_video_writer_finish(&w, NULL) == LW_OK && w == NULL);
}

/* Read all; returns what ended it (0 or a fault) and counts the frames, each of which must show its
 * own index. */
static inline int movie_read(const char *path, const struct lw_source_opts *opts, int *frames,
                             struct lw_source_info *info, struct lw_why *why)
{
    struct lw_source *s = NULL;
    struct lw_frame f;
    *frames = 0;
    int r = lw_source_open(&s, NULL, path, opts, why);
    if (r < 0)
        return r;
    int64_t last_ns = -1;
    while ((r = lw_source_next(s, &f, why)) == 1) {
        CHECK(movie_number(f.image) == (int)f.index && f.t_ns > last_ns);
        last_ns = f.t_ns;
        lw_image_unref(&f.image);
        ++*frames;
    }
    if (info)
        lw_source_info(s, info);
    lw_source_close(&s);
    return r;
}

static inline struct lw_span movie_bytes(const char *path)
{
    uint8_t *data = NULL;
    size_t n = 0;
    CHECK(lw_file_read(path, 16 * LW_MIB, &data, &n, NULL) == LW_OK);
    return (struct lw_span){.data = data, .n = n};
}

#endif

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cam/impl.h"
#include "img/codec.h"

struct lw_source {
    struct lw_source_opts opts;
    struct lw_source_info info;
    struct lw_movie *movie;   /* one of the two */
    struct lw_stills *stills; /* is set */
    bool ended;
};

static void drop_line(void *ctx, int level, const char *format, va_list args)
{
    LW_UNUSED(ctx);
    LW_UNUSED(level);
    LW_UNUSED(format);
    LW_UNUSED(args);
}

static void set_quiet(void)
{
    av_log_set_callback(drop_line);
}

void lw_av_quiet(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_quiet);
}

static int code_of(int averror)
{
    switch (averror) {
    case AVERROR(ENOMEM):
        return LW_ENOMEM;
    case AVERROR(EIO):
    case AVERROR(ENOSPC):
        return LW_EIO;
    case AVERROR_EOF:
        return LW_ETRUNC;
    case AVERROR_PATCHWELCOME:
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
        return LW_EUNSUP;
    default:
        return LW_EFORMAT;
    }
}

int lw_av_fault(struct lw_why *why, int averror, const char *what)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(averror, text, sizeof(text));
    return lw_why_set(why, code_of(averror), -1, "%s (%s)", what, text);
}

void lw_source_note_bad(struct lw_source_info *info, const struct lw_why *why)
{
    if (info->frames_bad++ == 0)
        info->bad = *why;
}

void lw_source_close(struct lw_source **sp)
{
    struct lw_source *s = *sp;
    if (!s)
        return;
    lw_movie_free(&s->movie);
    lw_stills_free(&s->stills);
    free(s);
    *sp = NULL;
}

void lw_source_info(const struct lw_source *s, struct lw_source_info *out)
{
    *out = s->info;
}

static int check_opts(const struct lw_source_opts *o, struct lw_why *why)
{
    if (o->threads < 1 || o->threads > 16)
        return lw_why_set(why, LW_EINVAL, -1, "decoder threads are 1 to 16");
    if (!(o->fps >= 0.1 && o->fps <= 240.0))
        return lw_why_set(why, LW_EINVAL, -1, "frames per second are 0.1 to 240");
    if (o->max_side < 16 || o->max_side > 16384 || o->max_frames < 1 || o->max_frames > 1000000)
        return lw_why_set(why, LW_EINVAL, -1, "the limits of a source are out of range");
    return LW_OK;
}

/* A regular file; O_NONBLOCK so that a named pipe does not hold us up. */
static int open_regular(const char *path, int *out, struct lw_why *why)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return lw_why_set(why, errno == ENOENT || errno == ENOTDIR ? LW_ENOTFOUND : LW_EIO, -1,
                          "%s", strerror(errno));
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return lw_why_set(why, LW_EIO, -1, "is not a regular file");
    }
    if (st.st_size == 0) {
        close(fd);
        return lw_why_set(why, LW_ETRUNC, 0, "the file is empty");
    }
    *out = fd;
    return LW_OK;
}

static bool is_still(int fd)
{
    uint8_t head[64];
    const ssize_t n = pread(fd, head, sizeof(head), 0);
    return n > 0 &&
           lw_image_sniff((struct lw_span){.data = head, .n = (size_t)n}) != LW_KIND_UNKNOWN;
}

static int open_file(struct lw_source *s, const char *root, const char *path, struct lw_why *why)
{
    int fd = -1;
    int r = root ? lw_path_inside(root, path, why) : LW_OK;
    if (r < 0 || (r = open_regular(path, &fd, why)) < 0)
        return r;
    if (is_still(fd)) {
        close(fd);
        return lw_stills_open(&s->stills, root, path, &s->opts, &s->info, why);
    }
    r = lw_movie_open(&s->movie, fd, &s->opts, &s->info, why);
    if (r < 0)
        close(fd);
    return r;
}

int lw_source_open(struct lw_source **out, const char *root, const char *path,
                   const struct lw_source_opts *opts, struct lw_why *why)
{
    const struct lw_source_opts defaults = LW_SOURCE_DEFAULTS;
    if (!opts)
        opts = &defaults;
    int r = check_opts(opts, why);
    if (r < 0)
        return r;
    LW_AUTO(lw_source) s = calloc(1, sizeof(*s));
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a source");
    s->opts = *opts;
    s->info.frames_declared = -1;
    struct stat st;
    if (strpbrk(path, "*?[") && lstat(path, &st) < 0)
        r = lw_stills_open(&s->stills, root, path, opts, &s->info, why);
    else
        r = open_file(s, root, path, why);
    if (r < 0) {
        lw_why_prefix(why, "%s", path);
        return r;
    }
    *out = s;
    s = NULL;
    return LW_OK;
}

/* 1 to give the frame, 0 to pass over it. */
static int admit(struct lw_source *s, struct lw_frame *f)
{
    const struct lw_image *im = f->image;
    if (s->info.frames_read == 0) {
        s->info.width = im->width;
        s->info.height = im->height;
    }
    if (im->width == s->info.width && im->height == s->info.height) {
        s->info.frames_read++;
        return 1;
    }
    struct lw_why why;
    lw_why_set(&why, LW_EFORMAT, -1, "frame %" PRId64 " is %dx%d, the first was %dx%d", f->index,
               im->width, im->height, s->info.width, s->info.height);
    lw_source_note_bad(&s->info, &why);
    lw_image_unref(&f->image);
    return 0;
}

/* The end without a fault is one all the same when there was nothing to see. */
static int finish(const struct lw_source *s, int r, struct lw_why *why)
{
    if (r < 0 || s->info.frames_read > 0)
        return r;
    if (s->info.frames_bad == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "there is no frame in it");
    if (why)
        *why = s->info.bad;
    return s->info.bad.code;
}

int lw_source_next(struct lw_source *s, struct lw_frame *out, struct lw_why *why)
{
    struct lw_frame f = {.image = NULL, .t_ns = 0, .index = 0};
    while (!s->ended) {
        int r = s->movie ? lw_movie_next(s->movie, &f, &s->info, why)
                         : lw_stills_next(s->stills, &f, &s->info, why);
        if (r <= 0) {
            s->ended = true;
            return finish(s, r, why);
        }
        if (s->info.frames_read == s->opts.max_frames) {
            lw_image_unref(&f.image);
            s->ended = true;
            return lw_why_set(why, LW_ELIMIT, -1,
                              "more than %" PRId64 " frames: the rest is not read",
                              s->opts.max_frames);
        }
        if (admit(s, &f)) {
            *out = f;
            return 1;
        }
    }
    return 0;
}

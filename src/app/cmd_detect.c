#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/app.h"
#include "app/face_json.h"
#include "app/opts.h"
#include "base/file.h"
#include "base/json.h"
#include "base/parallel.h"
#include "img/codec.h"
#include "img/geom.h"

enum { FILES_MAX = 100000, CROP_QUALITY = 95 };

struct detect_opts {
    bool json, quiet;
    const char *crops;
    double margin;
    double threshold;
    struct lw_app_models models;
};

static const struct lw_opt table[] = {
    {"json", LW_OPT_FLAG, offsetof(struct detect_opts, json), NULL, 0, 0,
     "Print one JSON object a line and picture instead of a table."},
    {"crops", LW_OPT_STRING, offsetof(struct detect_opts, crops), "DIR", 0, 0,
     "Write each face to DIR/<name of the file>-<number>/01.jpg."},
    {"margin", LW_OPT_REAL, offsetof(struct detect_opts, margin), "F", 0, 10,
     "Room around a crop's face, as a share of the face's height (default 0.6)."},
    {"threshold", LW_OPT_REAL, offsetof(struct detect_opts, threshold), "SCORE", 0.05, 0.99,
     "Smallest detector score that counts as a face (default 0.7)."},
    {"quiet", LW_OPT_FLAG, offsetof(struct detect_opts, quiet), NULL, 0, 0, "Show no progress."},
    LW_APP_MODEL_OPTS(struct detect_opts, models),
};

static const struct lw_usage usage = {
    .command = "detect",
    .synopsis = "lanewise detect FILE... [--json] [--crops DIR]",
    .about =
        "Find the faces in pictures, from 20 pixels high to the whole picture, and say of each\n"
        "where it is, how it is turned and how well it can be compared: the components of ISO/IEC\n"
        "29794-5 and measures of our own, as native value and 0-100 scalar (null where there is\n"
        "none). Faces come by falling size, weighted to the centre. A picture without a face is "
        "an\n"
        "answer, not a fault.",
    .examples = "  lanewise detect group.jpg\n"
                "  lanewise detect frames/*.jpg --json > faces.jsonl\n"
                "  lanewise detect group.jpg --crops people    # people/group-1/01.jpg, ...",
    .exit_codes = "  0  every picture was read, faces or not\n"
                  "  2  fault: a file cannot be read (the others are still answered), a model is\n"
                  "     missing or changed",
    .min_args = 1,
    .max_args = FILES_MAX,
};

struct job {
    const struct detect_opts *o;
    struct lw_facekit *kit;
    char **files;
    size_t n;
    pthread_mutex_t lock; /* guards what follows: answers leave in the order of the files */
    size_t done, printed;
    struct answer {
        bool ready;
        int r;
        struct lw_why why;
        struct lw_strbuf text;
    } * answers;
    int code;
};

static void print_json(struct lw_strbuf *b, const char *file, const struct lw_image *image,
                       const struct lw_face *faces, int n)
{
    lw_strbuf_puts(b, "{\"file\":");
    lw_json_put_string(b, file);
    lw_strbuf_printf(b, ",\"width\":%d,\"height\":%d,\"faces\":[", image->width, image->height);
    for (int i = 0; i < n; i++) {
        if (i)
            lw_strbuf_putc(b, ',');
        lw_face_print_json(b, &faces[i]);
    }
    lw_strbuf_puts(b, "]}\n");
}

static void print_table(struct lw_strbuf *b, const char *file, const struct lw_image *image,
                        const struct lw_face *faces, int n)
{
    lw_strbuf_printf(b, "%s: %d x %d, %d face%s\n", file, image->width, image->height, n,
                     n == 1 ? "" : "s");
    if (n > 0)
        lw_strbuf_puts(b,
                       "   no     x     y width height  score  eyes   yaw pitch  roll quality\n");
    for (int i = 0; i < n; i++) {
        const struct lw_face *f = &faces[i];
        lw_strbuf_printf(b, "  %3d %5.0f %5.0f %5.0f %6.0f  %5.2f %5.0f %5.0f %5.0f %5.0f %7.0f\n",
                         i + 1, (double)f->box.x, (double)f->box.y, (double)f->box.w,
                         (double)f->box.h, (double)f->score, (double)f->inter_eye_px,
                         (double)f->yaw_deg, (double)f->pitch_deg, (double)f->roll_deg,
                         (double)f->quality);
    }
}

/* The file's name without folders and ending. */
static int stem_of(const char *path, const char **stem)
{
    const char *slash = strrchr(path, '/');
    *stem = slash ? slash + 1 : path;
    const char *dot = strrchr(*stem, '.');
    return (int)(dot && dot > *stem ? dot - *stem : (ptrdiff_t)strlen(*stem));
}

/* The box with its margin, as far as the picture goes. */
static int cut(struct lw_image **out, const struct lw_image *image, const struct lw_rect *box,
               double margin)
{
    const double m = margin * (double)box->h;
    const int x0 = lw_maxi((int)floor((double)box->x - m), 0);
    const int y0 = lw_maxi((int)floor((double)box->y - m), 0);
    const int x1 = lw_mini((int)ceil((double)box->x + (double)box->w + m), image->width);
    const int y1 = lw_mini((int)ceil((double)box->y + (double)box->h + m), image->height);
    return lw_image_crop(out, image, x0, y0, x1 - x0, y1 - y0);
}

static int write_crop(const struct detect_opts *o, const char *file, int number,
                      const struct lw_image *image, const struct lw_rect *box, struct lw_why *why)
{
    LW_AUTO(lw_image) crop = NULL;
    LW_AUTO_MEM(uint8_t) bytes = NULL;
    LW_AUTO_STRBUF path = LW_STRBUF_INIT;
    const char *stem;
    size_t n;
    const int stem_n = stem_of(file, &stem);
    int r = cut(&crop, image, box, o->margin);
    if (r < 0)
        return lw_why_set(why, r, -1, "crop: %s", lw_err_name(r));
    lw_strbuf_printf(&path, "%s/%.*s-%d", o->crops, stem_n, stem, number);
    if ((r = lw_dir_make(lw_strbuf_peek(&path), why)) < 0)
        return r;
    lw_strbuf_puts(&path, "/01.jpg");
    if ((r = lw_image_encode_jpeg(crop, CROP_QUALITY, &bytes, &n, why)) < 0)
        return r;
    return lw_file_write(lw_strbuf_peek(&path), (struct lw_span){.data = bytes, .n = n}, why);
}

static int look_at(struct job *j, const char *file, struct lw_strbuf *text, struct lw_why *why)
{
    LW_AUTO(lw_image) image = NULL;
    LW_AUTO_MEM(struct lw_face) faces = NULL;
    int r = lw_image_load(&image, file, NULL, why);
    if (r < 0)
        return r;
    int n = lw_facekit_faces(j->kit, image, &faces, why);
    for (int i = 0; n >= 0 && j->o->crops && i < n; i++)
        if ((r = write_crop(j->o, file, i + 1, image, &faces[i].box, why)) < 0)
            n = r;
    if (n < 0) {
        lw_why_prefix(why, "%s", file);
        return n;
    }
    (j->o->json ? print_json : print_table)(text, file, image, faces, n);
    return lw_strbuf_err(text) ? lw_why_set(why, LW_ENOMEM, -1, "%s: no memory", file) : LW_OK;
}

/* Print the answers that are ready and next in order; the lock is held. */
static void print_ready(struct job *j)
{
    for (; j->printed < j->n && j->answers[j->printed].ready; j->printed++) {
        struct answer *a = &j->answers[j->printed];
        if (a->r < 0)
            j->code = lw_app_fault(NULL, &a->why);
        else
            fputs(lw_strbuf_peek(&a->text), stdout);
        lw_strbuf_clear(&a->text);
    }
}

static int work(void *ctx, size_t i, unsigned worker)
{
    struct job *j = ctx;
    struct answer *a = &j->answers[i];
    LW_UNUSED(worker);
    a->r = look_at(j, j->files[i], &a->text, &a->why);
    pthread_mutex_lock(&j->lock);
    a->ready = true;
    print_ready(j);
    lw_progress("detect", ++j->done, j->n);
    pthread_mutex_unlock(&j->lock);
    return LW_OK;
}

static int by_stem(const void *a, const void *b)
{
    const char *p, *q;
    const int np = stem_of(*(char *const *)a, &p), nq = stem_of(*(char *const *)b, &q);
    int c = strncmp(p, q, (size_t)lw_mini(np, nq));
    return c ? c : np - nq;
}

/* Two pictures of one name would write to one folder. */
static int check_stems(char **files, size_t n, struct lw_why *why)
{
    LW_AUTO_MEM(char *) sorted = malloc(n * sizeof(*sorted));
    if (!sorted)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    memcpy(sorted, files, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), by_stem);
    for (size_t i = 1; i < n; i++)
        if (by_stem(&sorted[i - 1], &sorted[i]) == 0)
            return lw_why_set(why, LW_EINVAL, -1,
                              "--crops: \"%s\" and \"%s\" would write to one folder", sorted[i - 1],
                              sorted[i]);
    return LW_OK;
}

static int run(struct job *j)
{
    struct lw_why why = {0};
    const struct detect_opts *o = j->o;
    LW_AUTO(lw_facekit) kit = NULL;
    struct lw_detector_opts detector = LW_DETECTOR_DEFAULTS;
    detector.threshold = (float)o->threshold;
    int r = o->crops ? check_stems(j->files, j->n, &why) : LW_OK;
    if (r < 0 || (r = lw_app_open_kit(&kit, &o->models, &detector, &why)) < 0)
        return lw_app_fault(NULL, &why);
    LW_AUTO_MEM(struct answer) answers = calloc(j->n, sizeof(*answers));
    if (!answers) {
        lw_why_set(&why, LW_ENOMEM, -1, "no memory");
        return lw_app_fault(NULL, &why);
    }
    j->kit = kit;
    j->answers = answers;
    lw_parallel(j->n, lw_app_threads(&o->models), work, j);
    lw_progress_end();
    return j->code;
}

int lw_cmd_detect(int argc, char **argv)
{
    struct detect_opts o = {.margin = 0.6, .threshold = 0.7};
    int n_args;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &o, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    lw_progress_quiet(o.quiet);
    struct job j = {.o = &o,
                    .files = argv + 1,
                    .n = (size_t)n_args,
                    .lock = PTHREAD_MUTEX_INITIALIZER,
                    .code = LW_EXIT_OK};
    return run(&j);
}

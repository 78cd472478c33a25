/* lanewise/matcher.h - the door through which a face matcher comes in.
 *
 * Lanewise verifies with whatever matcher stands behind this interface. Its own ONNX matcher comes
 * through it; an agency builds a shared object that exports lw_matcher_entry() and names it with
 * --matcher FILE.so. The interface compares two given templates and nothing else: there is no call
 * that searches a face among many, and none will be added.
 *
 * Plain C11, no Lanewise library to link. All strings are UTF-8. Functions return 0 on success and
 * a negative number on failure, with a one-line reason in err (NUL-terminated, may be cut).
 * extract, compare and fuse may be called by several threads at once on one state. */
#ifndef LANEWISE_MATCHER_H
#define LANEWISE_MATCHER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LW_MATCHER_ABI 2u

/* Limits that Lanewise checks when it loads a matcher. */
#define LW_MATCHER_TEMPLATE_MAX 65536u /* bytes of one template */
#define LW_MATCHER_CALIBRATION_MAX 64u

/* Eight bits a channel, R first, top row first, upright. Borrowed for the call. */
struct lw_matcher_image {
    const uint8_t *rgb;
    int32_t width, height; /* pixels */
    size_t stride;         /* bytes from row to row */
};

/* One face in that image, in its pixels; (x, y) is the centre of pixel (x, y). */
struct lw_matcher_face {
    float box[4];       /* x, y, width, height: about forehead to chin, ear to ear */
    float points[5][2]; /* eye, eye, nose tip, mouth corner, mouth corner; image left first */
    float quality;      /* Lanewise's estimate of how well the face will compare, 0..100 */
};

/* One calibration row: measured false match rate at this threshold. */
struct lw_matcher_calibration {
    double fmr;      /* share of impostor comparisons scoring >= threshold, 0 < fmr <= 1 */
    float threshold; /* similarity */
};

struct lw_matcher_api {
    uint32_t abi;         /* LW_MATCHER_ABI it was built for */
    uint32_t struct_size; /* sizeof(struct lw_matcher_api) as built */
    const char *name;     /* short name, e.g. "acme" */
    const char *version;

    /* config: the text given with --matcher-config, or "" ; for the built-in one the models folder.
     */
    int (*open)(void **state, const char *config, char *err, size_t err_n);
    void (*close)(void *state);

    /* Names the algorithm and its version to the last bit: templates with different ids are never
     * compared. 1..63 characters of [A-Za-z0-9._-]. Valid until close. */
    const char *(*model_id)(void *state);
    /* Bytes that extract and fuse write, always the same; 1..LW_MATCHER_TEMPLATE_MAX. */
    size_t (*template_size)(void *state);

    /* Image and face to template (template_size bytes, caller's memory). */
    int (*extract)(void *state, const struct lw_matcher_image *image,
                   const struct lw_matcher_face *face, void *tmpl, char *err, size_t err_n);
    /* Similarity of two templates, finite, larger is more alike. */
    int (*compare)(void *state, const void *a, const void *b, float *score);
    /* Several templates of one face into one, weights > 0. NULL where it is not offered; Lanewise
     * then compares with each and takes the best. */
    int (*fuse)(void *state, const void *const *tmpls, const float *weights, size_t n, void *out);

    /* Rows by falling fmr, at most max; returns the count, 0 if the matcher was never calibrated
     * (every comparison is then a referral). */
    int (*calibration)(void *state, struct lw_matcher_calibration *rows, size_t max);

    /* Length of the float vector when a template is nothing but a unit vector of 32-bit floats and
     * compare is their dot product; 0 otherwise. Lets evaluations compare millions of pairs. */
    uint32_t (*unit_vector_dim)(void *state);

    /* The same as extract, with the matcher's own estimate of how well this template will compare,
     * 0..100. NULL where it is not offered; Lanewise then goes by the face's quality. */
    int (*extract_rated)(void *state, const struct lw_matcher_image *image,
                         const struct lw_matcher_face *face, void *tmpl, float *quality, char *err,
                         size_t err_n);

    /* Rows as of calibration, for a template fused of shots of a passage against one of a single
     * portrait: light and glass make such scores another distribution. NULL, or 0 rows, where that
     * was not measured; calibration then holds for both. */
    int (*calibration_fused)(void *state, struct lw_matcher_calibration *rows, size_t max);
};

/* The one exported symbol. NULL when the ABI asked for is not offered. */
#define LW_MATCHER_ENTRY "lw_matcher_entry"
typedef const struct lw_matcher_api *(*lw_matcher_entry_fn)(uint32_t abi);

#ifdef __cplusplus
}
#endif

#endif

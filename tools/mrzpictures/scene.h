/* tools/mrzpictures/scene.h - pictures of documents with a machine readable zone, drawn with a font
 * file through FreeType, then turned, shadowed, blurred and compressed. For tests and measurements;
 * nothing in src/ knows it, and the reader's characters were not made from any font. */
#ifndef LW_TOOLS_MRZPICTURES_SCENE_H
#define LW_TOOLS_MRZPICTURES_SCENE_H

#include "base/rng.h"
#include "doc/mrz.h"
#include "img/image.h"

enum scene_around {
    SCENE_STRIP, /* the zone on bare paper */
    SCENE_PAGE   /* a whole page: portrait, printed text, patterned ground, on a table */
};

struct scene {
    const char *font;      /* of the zone */
    const char *text_font; /* of the rest of a page */
    enum scene_around around;
    float pitch_px;   /* from character to character */
    float spacing;    /* from line to line, in pitches; 2.5 in the standard */
    float height;     /* of characters beside the standard's, 1 */
    float turn_deg;   /* clockwise */
    float keystone;   /* the far edge is this much shorter, 0..0.2 */
    float blur_px;    /* deviation of a Gaussian */
    float shadow;     /* how much light the shadow takes, 0..1 */
    float uneven;     /* how much light falls off from corner to corner, 0..1 */
    float noise;      /* deviation in grey levels of 255 */
    float paper, ink; /* grey levels */
    int jpeg;         /* quality, or 0 for PNG */
};
#define SCENE_DEFAULTS                                                                             \
    ((struct scene){.font = SCENE_FONT,                                                            \
                    .text_font = SCENE_TEXT_FONT,                                                  \
                    .pitch_px = 20,                                                                \
                    .spacing = 2.5f,                                                               \
                    .height = 1,                                                                   \
                    .paper = 235,                                                                  \
                    .ink = 30})

/* The Debian packages fonts-ocr-b (Norbert Schwarz, Matthew Skala) and fonts-dejavu-core. */
#define SCENE_FONT "/usr/share/fonts/opentype/ocr-b/OCRB.otf"
#define SCENE_SHARP_FONT "/usr/share/fonts/opentype/ocr-b/OCRBS.otf"
#define SCENE_TEXT_FONT "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"

/* The lines of a zone. */
struct scene_text {
    size_t n;
    char lines[LW_MRZ_LINES][LW_MRZ_COLUMNS + 1];
};

/* Grey picture of it; a text of 0 lines draws everything but the zone. LW_ENOTFOUND without the
 * font. */
int scene_draw(struct lw_image **out, const struct scene *s, const struct scene_text *text,
               struct lw_rng *rng, struct lw_why *why);
/* The same as a file in memory; *bytes is yours. */
int scene_encode(uint8_t **bytes, size_t *n, const struct lw_image *im, int jpeg,
                 struct lw_why *why);

/* A document with random contents in any of the five formats, all check digits right. */
void scene_document(struct scene_text *text, enum lw_mrz_format format, struct lw_rng *rng);

#endif

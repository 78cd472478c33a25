/* app/face_json.h - one face as the JSON object that `detect` and `match` print. */
#ifndef LW_APP_FACE_JSON_H
#define LW_APP_FACE_JSON_H

#include "base/strbuf.h"
#include "face/face.h"

void lw_face_print_json(struct lw_strbuf *b, const struct lw_face *face);

#endif

#include "type.h"

#include <stdlib.h>

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_OUTLINE_H

struct type {
    FT_Library library;
    FT_Face face;
    float height;
};

int type_open(struct type **out, const char *path, float size, float height, struct lw_why *why)
{
    LW_AUTO(type) t = calloc(1, sizeof(*t));
    if (!t || FT_Init_FreeType(&t->library) != 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a font");
    if (FT_New_Face(t->library, path, 0, &t->face) != 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "%s: no font there", path);
    t->height = height;
    if (FT_Set_Char_Size(t->face, (FT_F26Dot6)(size * 64), 0, 72, 72) != 0)
        return lw_why_set(why, LW_EINVAL, -1, "%s: no size of %.1f pixels", path, (double)size);
    *out = t;
    t = NULL;
    return LW_OK;
}

void type_free(struct type **t)
{
    if (!*t)
        return;
    FT_Done_Face((*t)->face);
    FT_Done_FreeType((*t)->library);
    free(*t);
    *t = NULL;
}

static void blend(struct lw_image *im, const FT_GlyphSlot g, int x0, int y0, float grey)
{
    for (int y = 0; y < (int)g->bitmap.rows; y++)
        for (int x = 0; x < (int)g->bitmap.width; x++) {
            const int px = x0 + g->bitmap_left + x, py = y0 - g->bitmap_top + y;
            if (px < 0 || py < 0 || px >= im->width || py >= im->height)
                continue;
            const float ink = (float)g->bitmap.buffer[y * g->bitmap.pitch + x] / 255;
            uint8_t *p = &lw_image_row(im, py)[px];
            *p = (uint8_t)((1 - ink) * (float)*p + ink * grey + 0.5f);
        }
}

int type_draw(struct type *t, struct lw_image *im, char c, float *x, float foot, float grey)
{
    const int x0 = (int)*x, y0 = (int)foot;
    FT_Matrix stretch = {0x10000, 0, 0, (FT_Fixed)(t->height * 0x10000)};
    if (FT_Load_Char(t->face, (FT_ULong)c, FT_LOAD_NO_HINTING | FT_LOAD_NO_BITMAP) != 0)
        return LW_EFORMAT;
    FT_GlyphSlot g = t->face->glyph;
    FT_Outline_Transform(&g->outline, &stretch);
    FT_Outline_Translate(&g->outline, (FT_Pos)((*x - (float)x0) * 64),
                         (FT_Pos)(-(foot - (float)y0) * 64));
    if (FT_Render_Glyph(g, FT_RENDER_MODE_NORMAL) != 0)
        return LW_EFORMAT;
    blend(im, g, x0, y0, grey);
    *x += (float)g->advance.x / 64;
    return LW_OK;
}

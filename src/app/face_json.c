#include "app/face_json.h"

#include "base/json.h"
#include "face/quality.h"

static void put_numbers(struct lw_strbuf *b, const float *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        lw_strbuf_putc(b, i ? ',' : '[');
        lw_json_put_float(b, v[i]);
    }
    lw_strbuf_putc(b, ']');
}

static void put_points(struct lw_strbuf *b, const char *key, const struct lw_point *p, size_t n)
{
    lw_strbuf_printf(b, ",\"%s\":", key);
    for (size_t i = 0; i < n; i++) {
        lw_strbuf_putc(b, i ? ',' : '[');
        put_numbers(b, (const float[]){p[i].x, p[i].y}, 2);
    }
    lw_strbuf_putc(b, ']');
}

static void put_number(struct lw_strbuf *b, const char *key, float x)
{
    lw_strbuf_printf(b, ",\"%s\":", key);
    lw_json_put_float(b, x);
}

static void put_component(struct lw_strbuf *b, const struct lw_face *f, enum lw_component c)
{
    const struct lw_component_value *v = &f->components[c];
    const char *finding = lw_component_finding(f, c);
    lw_strbuf_printf(b, "\"%s\":{\"native\":", lw_component_name(c));
    lw_json_put_double(b, v->native);
    if (v->scalar < 0)
        lw_strbuf_puts(b, ",\"scalar\":null");
    else
        lw_strbuf_printf(b, ",\"scalar\":%d", v->scalar);
    if (finding)
        lw_strbuf_printf(b, ",\"finding\":\"could not assess: %s\"", finding);
    lw_strbuf_putc(b, '}');
}

static void put_components(struct lw_strbuf *b, const struct lw_face *f)
{
    lw_strbuf_puts(b, ",\"components\":{");
    for (int i = 0; i < LW_Q_COMPONENTS; i++) {
        lw_strbuf_puts(b, i ? "," : "");
        put_component(b, f, (enum lw_component)i);
    }
    lw_strbuf_putc(b, '}');
}

void lw_face_print_json(struct lw_strbuf *b, const struct lw_face *f)
{
    lw_strbuf_puts(b, "{\"box\":");
    put_numbers(b, (const float[]){f->box.x, f->box.y, f->box.w, f->box.h}, 4);
    put_number(b, "score", f->score);
    put_points(b, "landmarks", f->landmarks, LW_LANDMARKS);
    put_points(b, "eyes", f->eyes, 2);
    put_number(b, "inter_eye_px", f->inter_eye_px);
    put_number(b, "yaw_deg", f->yaw_deg);
    put_number(b, "pitch_deg", f->pitch_deg);
    put_number(b, "roll_deg", f->roll_deg);
    put_number(b, "quality", f->quality);
    put_components(b, f);
    lw_strbuf_putc(b, '}');
}

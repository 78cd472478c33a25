/* app/page_style.h - the look of a page of crossings, as text for its <style> element. */
#ifndef LW_APP_PAGE_STYLE_H
#define LW_APP_PAGE_STYLE_H

extern const char lw_page_style[];

#endif

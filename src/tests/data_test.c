#include "tests/data_test.h"

#include "tests/tests.h"

#include <libfyaml.h>
#include <regex.h>
#include <yaml.h>

/* ---- what both libraries say of a document ---- */

typedef enum EventKind { EVENT_SCALAR, EVENT_ALIAS, EVENT_MAP, EVENT_LIST, EVENT_END } EventKind;

typedef struct Event {
    EventKind kind;
    Str text, tag, anchor;
    bool plain, flow, block_scalar;
    size_t first_line, last_line;
    bool explicit_key; /* "? " is before it */
    size_t dash_line;  /* if it is an item of a block sequence: where its "-" is */
} Event;

typedef LIST(Event) Events;

/* Whether a plain scalar is read as something else than a string, by the grammars of YAML 1.1 and 1.2. */
bool data_is_bare(Str text) {
    static const char grammar[] =
        "^(~|null|Null|NULL|"
        "y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|"
        "[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?(0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(:[0-5]?[0-9])+|[0-9]+|"
        "[-+]?[0-9][0-9_]*\\.[0-9.]*([eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*|"
        "[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)|"
        "[0-9]{4}-[0-9]{2}-[0-9]{2}|"
        "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
        "(([ \t]*)Z|([ \t]*)[-+][0-9]{1,2}(:[0-9]{2})?)?|<<|=)$";
    static regex_t compiled;
    static bool ready;
    char copy[64];
    if (!ready)
        assert_int_equal(regcomp(&compiled, grammar, REG_EXTENDED | REG_NOSUB), 0);
    ready = true;
    if (text.n == 0)
        return true;
    if (text.n >= sizeof copy || memchr(text.p, 0, text.n))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = 0;
    return regexec(&compiled, copy, 0, NULL, 0) == 0;
}

static Str copy_c(Arena *arena, const void *s) {
    return s ? str_copy(arena, str((const char *)s)) : (Str){0};
}

/* ---- libyaml ---- */

/* The bytes of a line, to look at what is before a mark. */
typedef struct Lines {
    Str text;
    LIST(size_t) starts;
} Lines;

static Lines lines_of(Arena *arena, Str text) {
    Lines lines = {.text = text};
    size_t at = str_starts(text, S("\xEF\xBB\xBF")) ? 3 : 0;
    *PUSH(arena, &lines.starts) = at;
    for (; at < text.n; at++)
        if (text.p[at] == '\n' || (text.p[at] == '\r' && !(at + 1 < text.n && text.p[at + 1] == '\n')))
            *PUSH(arena, &lines.starts) = at + 1;
    return lines;
}

/* What is before a mark on its line, without spaces at the end. */
static Str before_mark(const Lines *lines, yaml_mark_t mark) {
    if (mark.line >= lines->starts.n)
        return (Str){0};
    size_t at = lines->starts.at[mark.line];
    const char *start = lines->text.p + at;
    for (size_t i = 0; i < mark.column && at < lines->text.n; i++)
        for (at++; at < lines->text.n && ((unsigned char)lines->text.p[at] & 0xC0) == 0x80;)
            at++;
    Str before = {start, (size_t)(lines->text.p + at - start)};
    while (before.n && (before.p[before.n - 1] == ' ' || before.p[before.n - 1] == '\t'))
        before.n--;
    return before;
}

/* From a line that has nothing before the mark up to the line above that is neither a comment nor blank. */
static size_t dash_line(const Lines *lines, yaml_mark_t mark) {
    size_t line = mark.line;
    if (before_mark(lines, mark).n || line >= lines->starts.n)
        return line;
    while (line > 0) {
        size_t from = lines->starts.at[line - 1];
        Str above = str_trim((Str){lines->text.p + from, lines->starts.at[line] - from});
        line--;
        if (above.n && above.p[0] != '#')
            break;
    }
    return line;
}

static Event scalar_event(Arena *arena, const Lines *lines, const yaml_event_t *yaml, size_t previous_line) {
    Str value = {(const char *)yaml->data.scalar.value, yaml->data.scalar.length};
    yaml_scalar_style_t style = yaml->data.scalar.style;
    Event event = {.kind = EVENT_SCALAR,
                   .text = str_copy(arena, value),
                   .tag = copy_c(arena, yaml->data.scalar.tag),
                   .anchor = copy_c(arena, yaml->data.scalar.anchor),
                   .plain = style == YAML_PLAIN_SCALAR_STYLE,
                   .block_scalar = style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE,
                   .first_line = yaml->start_mark.line,
                   .last_line = yaml->end_mark.line};
    if (event.block_scalar && yaml->end_mark.column == 0 && event.last_line > event.first_line)
        event.last_line--;
    Str before = before_mark(lines, yaml->start_mark);
    event.explicit_key = str_ends(before, S("?"));
    bool empty = yaml->start_mark.index == yaml->end_mark.index;
    if (empty && !str_ends(before, S(":")) && !str_ends(before, S("-"))) /* libyaml looks ahead to the next token */
        event.first_line = event.last_line = previous_line;
    return event;
}

static void start_collection(Arena *arena, Event *event, EventKind kind, const yaml_char_t *anchor,
                             const yaml_char_t *tag) {
    event->kind = kind;
    event->anchor = copy_c(arena, anchor);
    event->tag = copy_c(arena, tag);
}

/* Adds one event of libyaml; returns false after the last one. */
static bool take_libyaml(Arena *arena, const Lines *lines, const yaml_event_t *yaml, Events *events, size_t *line) {
    Event event = {.first_line = yaml->start_mark.line, .last_line = yaml->end_mark.line};
    event.explicit_key = str_ends(before_mark(lines, yaml->start_mark), S("?"));
    switch (yaml->type) {
    case YAML_SCALAR_EVENT:
        event = scalar_event(arena, lines, yaml, *line);
        break;
    case YAML_ALIAS_EVENT:
        event.kind = EVENT_ALIAS;
        event.anchor = copy_c(arena, yaml->data.alias.anchor);
        break;
    case YAML_MAPPING_START_EVENT:
        start_collection(arena, &event, EVENT_MAP, yaml->data.mapping_start.anchor, yaml->data.mapping_start.tag);
        event.flow = yaml->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
        break;
    case YAML_SEQUENCE_START_EVENT:
        start_collection(arena, &event, EVENT_LIST, yaml->data.sequence_start.anchor, yaml->data.sequence_start.tag);
        event.flow = yaml->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        event.kind = EVENT_END;
        break;
    default:
        return yaml->type != YAML_STREAM_END_EVENT;
    }
    event.dash_line = dash_line(lines, yaml->start_mark);
    *line = event.last_line;
    *PUSH(arena, events) = event;
    return true;
}

static bool events_of_libyaml(Arena *arena, Str text, Events *events, Str *trouble) {
    yaml_parser_t parser;
    yaml_event_t event;
    Lines lines = lines_of(arena, text);
    size_t line = 0;
    assert_true(yaml_parser_initialize(&parser));
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    bool ok = true;
    for (bool more = true; more && ok;) {
        ok = yaml_parser_parse(&parser, &event);
        if (!ok) {
            *trouble = str_format(arena, "libyaml: line %zu: %s", parser.problem_mark.line + 1, parser.problem);
            break;
        }
        more = take_libyaml(arena, &lines, &event, events, &line);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return ok;
}

/* ---- libfyaml ---- */

static Str token_text(Arena *arena, struct fy_token *token) {
    size_t n = 0;
    const char *text = token ? fy_token_get_text(token, &n) : NULL;
    return text ? str_copy(arena, (Str){text, n}) : (Str){0};
}

static bool take_libfyaml(Arena *arena, struct fy_event *fy, Events *events) {
    Event event = {.anchor = token_text(arena, fy_event_get_anchor_token(fy)),
                   .tag = token_text(arena, fy_event_get_tag_token(fy))};
    switch (fy->type) {
    case FYET_SCALAR:
        event.kind = EVENT_SCALAR;
        event.text = token_text(arena, fy->scalar.value);
        event.plain = !fy->scalar.value || fy_scalar_token_get_style(fy->scalar.value) == FYSS_PLAIN;
        break;
    case FYET_ALIAS:
        event.kind = EVENT_ALIAS;
        event.anchor = token_text(arena, fy->alias.anchor);
        break;
    case FYET_MAPPING_START:
        event.kind = EVENT_MAP;
        break;
    case FYET_SEQUENCE_START:
        event.kind = EVENT_LIST;
        break;
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        event.kind = EVENT_END;
        break;
    default:
        return fy->type != FYET_STREAM_END;
    }
    *PUSH(arena, events) = event;
    return true;
}

static void ignore(struct fy_diag *diag, void *user, const char *text, size_t n) {
    (void)diag, (void)user, (void)text, (void)n;
}

static bool events_of_libfyaml(Arena *arena, Str text, Events *events, Str *trouble) {
    struct fy_diag *diag = fy_diag_create(&(struct fy_diag_cfg){.output_fn = ignore});
    struct fy_parse_cfg config = {.flags = FYPCF_DEFAULT_VERSION_1_1, .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    assert_non_null(parser);
    bool ok = fy_parser_set_string(parser, text.p, text.n) == 0;
    for (bool more = true; more && ok;) {
        struct fy_event *event = fy_parser_parse(parser);
        ok = event != NULL && !fy_parser_get_stream_error(parser);
        more = ok && take_libfyaml(arena, event, events);
        fy_parser_event_free(parser, event);
    }
    fy_parser_destroy(parser);
    fy_diag_destroy(diag);
    if (!ok)
        *trouble = S("libfyaml refuses it");
    return ok;
}

/* ---- data out of events ---- */

typedef struct Reader {
    Arena *arena;
    const Events *events;
    size_t at;
    LIST(Datum *) anchors;
    Str trouble;
} Reader;

static void add_child(Arena *arena, Datum *parent, Datum *key, Datum *child) {
    child->parent = parent;
    child->key = key;
    if (key && !key->parent)
        key->parent = parent;
    *PUSH(arena, &parent->children) = child;
}

static Datum *copy(Arena *arena, Datum *datum, const Event *alias) {
    Datum *new = NEW(arena, Datum);
    *new = *datum;
    memset(&new->children, 0, sizeof new->children);
    new->anchor = (Str){0};
    new->parent = NULL;
    new->anchored = datum;
    new->flow = new->block_scalar = new->explicit_key = false;
    new->first_line = new->value_line = alias->first_line;
    new->last_line = alias->last_line;
    for (size_t i = 0; i < datum->children.n; i++)
        add_child(arena, new, datum->children.at[i]->key, copy(arena, datum->children.at[i], alias));
    return new;
}

static Datum *alias(Reader *reader, const Event *event) {
    for (size_t i = reader->anchors.n; i-- > 0;)
        if (str_eq(reader->anchors.at[i]->anchor, event->anchor))
            return copy(reader->arena, reader->anchors.at[i], event);
    reader->trouble = S("an alias without an anchor");
    return NEW(reader->arena, Datum);
}

static Datum *take(Reader *reader);

static void take_children(Reader *reader, Datum *datum) {
    while (reader->at < reader->events->n && reader->events->at[reader->at].kind != EVENT_END) {
        Datum *key = datum->kind == DATUM_MAP ? take(reader) : NULL;
        const Event *event = &reader->events->at[reader->at];
        Datum *child = take(reader);
        if (datum->kind == DATUM_LIST && !datum->flow)
            child->first_line = event->dash_line;
        child->explicit_key = key && key->explicit_key;
        child->first_line = key ? key->first_line : child->first_line;
        add_child(reader->arena, datum, key, child);
        if (child->last_line > datum->last_line || !datum->flow)
            datum->last_line = child->last_line;
    }
    const Event *end = &reader->events->at[reader->at++];
    if (datum->flow)
        datum->last_line = end->last_line;
}

static Datum *take(Reader *reader) {
    const Event *event = &reader->events->at[reader->at++];
    if (event->kind == EVENT_ALIAS)
        return alias(reader, event);
    Datum *datum = NEW(reader->arena, Datum);
    *datum = (Datum){.kind = event->kind == EVENT_SCALAR ? DATUM_SCALAR
                             : event->kind == EVENT_MAP  ? DATUM_MAP
                                                         : DATUM_LIST,
                     .text = event->text,
                     .tag = event->tag,
                     .bare = event->kind == EVENT_SCALAR && event->plain && !event->tag.n && data_is_bare(event->text),
                     .flow = event->flow,
                     .block_scalar = event->block_scalar,
                     .explicit_key = event->explicit_key,
                     .first_line = event->first_line,
                     .value_line = event->first_line,
                     .last_line = event->last_line,
                     .anchor = event->anchor};
    if (datum->anchor.n)
        *PUSH(reader->arena, &reader->anchors) = datum;
    if (event->kind != EVENT_SCALAR)
        take_children(reader, datum);
    return datum;
}

static Datum *data_of(Arena *arena, const Events *events, Str *trouble) {
    Reader reader = {.arena = arena, .events = events};
    if (events->n == 0)
        return NULL;
    Datum *root = take(&reader);
    if (reader.at != events->n)
        reader.trouble = S("more than one document");
    *trouble = reader.trouble;
    return root;
}

Datum *data_by_libyaml(Arena *arena, Str text, Str *trouble) {
    Events events = {0};
    *trouble = (Str){0};
    return events_of_libyaml(arena, text, &events, trouble) ? data_of(arena, &events, trouble) : NULL;
}

Datum *data_by_libfyaml(Arena *arena, Str text, Str *trouble) {
    Events events = {0};
    *trouble = (Str){0};
    return events_of_libfyaml(arena, text, &events, trouble) ? data_of(arena, &events, trouble) : NULL;
}

/* "", "~" and "null" say the same. */
static bool is_null(const Datum *datum) {
    bool word = datum->text.n == 0 || str_is(datum->text, "~") || str_is(datum->text, "null");
    return datum->kind == DATUM_SCALAR && word && (datum->bare || str_is(datum->tag, "tag:yaml.org,2002:null"));
}

bool data_same(const Datum *a, const Datum *b) {
    if (!a || !b)
        return a == b;
    if (is_null(a) && is_null(b))
        return str_eq(a->tag, b->tag);
    if (a->kind != b->kind || a->bare != b->bare || !str_eq(a->text, b->text) || !str_eq(a->tag, b->tag) ||
        a->children.n != b->children.n)
        return false;
    for (size_t i = 0; i < a->children.n; i++) {
        const Datum *x = a->children.at[i], *y = b->children.at[i];
        if ((x->key && !data_same(x->key, y->key)) || !data_same(x, y))
            return false;
    }
    return true;
}

static void print_scalar(Buf *out, const Datum *datum) {
    buf_format(out, datum->bare ? "%.*s" : "\"%.*s\"", F(datum->text));
}

void data_print(Buf *out, const Datum *datum, uint32_t indent) {
    if (!datum) {
        buf_add(out, S("nothing\n"));
        return;
    }
    if (datum->tag.n)
        buf_format(out, "!<%.*s> ", F(datum->tag));
    if (datum->kind == DATUM_SCALAR)
        print_scalar(out, datum);
    else
        buf_add(out, datum->kind == DATUM_MAP ? S("map") : S("list"));
    buf_char(out, '\n');
    for (size_t i = 0; i < datum->children.n; i++) {
        const Datum *child = datum->children.at[i];
        buf_fill(out, ' ', indent + 2);
        if (child->key && child->key->kind != DATUM_SCALAR)
            data_print(out, child->key, indent + 4);
        else if (child->key)
            print_scalar(out, child->key);
        buf_add(out, child->key ? S(": ") : S("- "));
        data_print(out, child, indent + 2);
    }
}

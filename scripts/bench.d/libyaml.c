/* The bare minimum of reading YAML: every event of stdin, by libyaml, and nothing done with it. */
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

int main(void) {
    size_t capacity = 1 << 16, n = 0;
    unsigned char *bytes = malloc(capacity);
    yaml_parser_t parser;
    yaml_event_t event;
    for (ssize_t got; bytes && (got = read(0, bytes + n, capacity - n)) > 0;) {
        n += (size_t)got;
        if (n == capacity)
            bytes = realloc(bytes, capacity *= 2);
    }
    if (!bytes || !yaml_parser_initialize(&parser))
        return 2;
    yaml_parser_set_input_string(&parser, bytes, n);
    for (int type = 0; type != YAML_STREAM_END_EVENT;) {
        if (!yaml_parser_parse(&parser, &event))
            return 2;
        type = event.type;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    free(bytes);
    return 0;
}

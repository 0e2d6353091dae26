/* References to images: the parts they are made of, and which component of Mailu they are. */
#ifndef IMAGES_H
#define IMAGES_H

#include "spec/catalog.h"

/* The component of an image; COMPONENTS when it is not one of Mailu's. `registry`: the config's images.registry. */
ComponentId component_of_image(Str image, Str registry);
/* The component whose image of Mailu's has that name; COMPONENTS when none has. */
ComponentId component_with_repository(Str name);
/* "ghcr.io/mailu/nginx:2024.06@sha256:..." without tag and digest; and the tag, which may be empty. */
Str image_repository(Str image);
Str image_tag(Str image);
/* The last part of a path, and in `*before` what is before it, without the slash. */
Str image_last_segment(Str path, Str *before);

/* How old an image is by its tag: 2024.06, v2024.06.57 and 2024.06-mine are fine, 1.9 is too old, and "master" and
 * "118" say nothing. */
typedef enum ImageAge { AGE_FINE, AGE_TOO_OLD, AGE_UNKNOWN } ImageAge;
ImageAge image_age(Str tag);

#endif

# How everything is compiled. Warnings are errors: a warning that nobody must read is noise.
set(BW_SANITIZE "" CACHE STRING "comma-separated sanitizers, e.g. address,undefined")

set(CMAKE_CXX_FLAGS_DEV "-O1 -g1 -fno-omit-frame-pointer")
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG -fno-omit-frame-pointer")
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wimplicit-fallthrough -Werror
                    -Wno-gnu-statement-expression -Wno-missing-field-initializers
                    -fcolor-diagnostics -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_link_options(-fuse-ld=lld)
if(BW_SANITIZE)
    add_compile_options(-fsanitize=${BW_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${BW_SANITIZE})
endif()
if(BW_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

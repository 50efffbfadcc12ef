# bw_web_assets(target directory prefix [directory prefix]...): compiles the files of each directory into a target, as
# app/web_page.hpp's web_assets(); they are served under the directory's prefix ("" or "/docs").
# A changed file is compiled in by the next build; a new one is found by the next configure, which the glob asks for.
function(bw_web_assets target)
    set(directories "${ARGN}") # quoted: an empty prefix is kept
    set(inputs "")
    set(entries "")
    while(directories)
        list(POP_FRONT directories directory prefix)
        file(GLOB files CONFIGURE_DEPENDS ${directory}/*)
        list(APPEND inputs ${files})
        list(TRANSFORM files PREPEND "${prefix}|")
        list(APPEND entries ${files})
    endwhile()
    set(out ${CMAKE_BINARY_DIR}/generated/app/web_assets.cpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${entries}" -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/make_web_assets.cmake
        DEPENDS ${inputs} ${CMAKE_SOURCE_DIR}/cmake/make_web_assets.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()

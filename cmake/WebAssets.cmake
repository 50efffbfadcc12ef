# bw_web_assets(target directory): compiles the files of a directory into a target, as app/web_page.hpp's web_assets().
# A changed file is compiled in by the next build; a new one is found by the next configure, which the glob asks for.
function(bw_web_assets target directory)
    file(GLOB files CONFIGURE_DEPENDS ${directory}/*)
    set(out ${CMAKE_BINARY_DIR}/generated/app/web_assets.cpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/make_web_assets.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/make_web_assets.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()

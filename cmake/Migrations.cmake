# bw_migrations(target): compiles migrations/*.sql into the program, so that it needs no files beside itself.
# Faced by app/migrations.hpp.
function(bw_migrations target)
    file(GLOB files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/migrations/*.sql)
    set(out ${CMAKE_BINARY_DIR}/generated/migrations.cpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DOUT=${out} -P ${CMAKE_SOURCE_DIR}/cmake/make_migrations.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/make_migrations.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
endfunction()

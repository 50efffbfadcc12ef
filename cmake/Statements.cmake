# bw_statements(target module file.sql): turns named statements into typed constants at build time.
# roster/roster.sql  ->  #include "roster/roster_sql.hpp", namespace bw::roster::sql
function(bw_statements target module file)
    get_filename_component(stem ${file} NAME_WE)
    set(out ${CMAKE_BINARY_DIR}/generated/${module}/${stem}_sql.hpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DMODULE=${module} -P ${CMAKE_SOURCE_DIR}/cmake/make_statements.cmake
        DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/make_statements.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
    target_include_directories(${target} PRIVATE ${CMAKE_BINARY_DIR}/generated)
    set_property(GLOBAL APPEND PROPERTY BW_STATEMENT_FILES ${module}/${stem}) # for the test that attacks all of them
endfunction()

# bw_texts(target module folder): compiles the folder's .sql files into a target as they stand, for engines other than
# PostgreSQL (whose statements are bw_statements').
# reporting/catalogue/late.sql  ->  #include "reporting/catalogue_texts.hpp", bw::reporting::catalogue_texts: {"late", ".."}
function(bw_texts target module folder)
    file(GLOB files CONFIGURE_DEPENDS ${folder}/*.sql)
    set(out ${CMAKE_BINARY_DIR}/generated/${module}/${folder}_texts.hpp)
    add_custom_command(OUTPUT ${out}
        COMMAND ${CMAKE_COMMAND} "-DFILES=${files}" -DOUT=${out} -DMODULE=${module} -DNAME=${folder}
                -P ${CMAKE_SOURCE_DIR}/cmake/make_texts.cmake
        DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/make_texts.cmake VERBATIM)
    target_sources(${target} PRIVATE ${out})
    target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()

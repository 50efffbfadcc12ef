# Holds every #include in src/ to the table in src/README.md; the second test shows that each rule bites.
add_test(NAME include_rules
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -P ${CMAKE_CURRENT_LIST_DIR}/include_rules/check.cmake)
add_test(NAME include_rules_bite
    COMMAND ${CMAKE_COMMAND} -P ${CMAKE_CURRENT_LIST_DIR}/include_rules/check_fixture.cmake)

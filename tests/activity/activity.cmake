# Activities through the real program, killed and started again, and while its database stands still. Skipped, saying why, where node is missing.
add_test(NAME activity COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh)
set_tests_properties(activity PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 240
    SKIP_RETURN_CODE 77)

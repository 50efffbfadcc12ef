# The event stream through the real program, killed and started again. Skipped, saying why, where node is missing.
add_test(NAME events COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh)
set_tests_properties(events PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 180
    SKIP_RETURN_CODE 77)

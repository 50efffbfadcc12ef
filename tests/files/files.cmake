# Uploads by an independent tus client through the real program, over a bad line. Skipped, saying why, where a part is missing.
# `npm ci` in tests/files brings the package.
add_test(NAME files.tus COMMAND ${CMAKE_CURRENT_LIST_DIR}/run.sh)
set_tests_properties(files.tus PROPERTIES
    ENVIRONMENT "BW_BINARY=$<TARGET_FILE:bellwether>;BW_DEMO=${CMAKE_BINARY_DIR}/test-demo"
    FIXTURES_REQUIRED demo
    LABELS integration
    TIMEOUT 300
    SKIP_RETURN_CODE 77)

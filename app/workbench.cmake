# The window, and the export of charts without one.
add_executable(looptax-workbench workbench_main.cpp workbench_options.cpp workbench_options.h)
target_link_libraries(looptax-workbench PRIVATE ui looptax_options)
install(TARGETS looptax-workbench RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")

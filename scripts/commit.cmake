# cmake -DSOURCES=DIR -DRESULT=FILE -P commit.cmake writes a source file that names the commit of the sources
# (supervisor/doctor/build_commit.h). It leaves the file alone if nothing has changed.
set(commit "")
find_program(GIT git)
if(GIT AND EXISTS "${SOURCES}/.git")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env GIT_OPTIONAL_LOCKS=0
      ${GIT} -C ${SOURCES} describe --always --dirty --abbrev=12 --exclude=*
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
if(NOT commit MATCHES "^[0-9a-f]+(-dirty)?$")
  set(commit "")
endif()
file(WRITE "${RESULT}.new" "#include \"supervisor/doctor/build_commit.h\"

const char* wm::build_commit() noexcept {
  return \"${commit}\";
}
")
file(COPY_FILE "${RESULT}.new" "${RESULT}" ONLY_IF_DIFFERENT)

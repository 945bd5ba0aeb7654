#include "cli/program.h"

int main(int argc, char** argv) {
  return hale::cli::run_program(argc, argv);
}

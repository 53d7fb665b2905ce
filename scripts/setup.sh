#!/usr/bin/env bash
# Installs the Debian or Ubuntu packages that are missing for building and testing. Options add what other scripts need:
# --lint, --bench, --fuzz (also for Clang), --docs for scripts/docs_pictures.sh, --monitoring for the tests of metrics (Debian starts what it installs
# as services: Prometheus on port 9090, node_exporter on port 9100; systemctl disable --now prometheus prometheus-node-exporter),
# --clusters for the tests of clusters and object storage (of its services, Debian starts munge, which listens on a
# socket in /run; slurmctld and slurmd wait for an /etc/slurm/slurm.conf; systemctl disable --now munge slurmctld slurmd),
# --machine for scripts/fresh_machine.sh. --missing installs nothing; it fails when a package is missing. When all are
# there, it does nothing and needs neither root nor network.
set -euo pipefail

packages=(
  g++ cmake ninja-build pkg-config ccache
  libvips-dev liblcms2-dev libpango1.0-dev libboost-dev libfmt-dev libcli11-dev libtomlplusplus-dev nlohmann-json3-dev
  libsqlite3-dev libcgif-dev libjpeg-dev libpng-dev libtiff-dev libdeflate-dev libwebp-dev libxml2-dev zlib1g-dev libxxhash-dev libdw-dev catch2
  fonts-dejavu-core libvips-tools           # text marks; the demo's pictures
  fonts-wqy-microhei fonts-noto-color-emoji # Chinese and emoji in tests
  libstb-dev                                # a second JPEG decoder for tests
  libavif-dev                               # reads and writes AVIF; 0.11 or newer
  libheif-dev                               # writes HEIF files for tests
  spin                            # the models of tests/model
  strace                          # which system calls a dying worker makes
  libimage-exiftool-perl python3  # compare metadata in tests
  libjpeg-turbo-progs pngcheck webp giflib-tools libtiff-tools libheif-examples libavif-bin # say in tests what is wrong with files
  imagemagick graphicsmagick python3 # decode what the matrix of formats wrote
  zsh fish                           # completions in tests
  chromium                           # opens HTML reports in tests
  tmux                               # terminals in tests
  dosfstools e2fsprogs exfatprogs exfat-fuse mount # make file systems in tests that do not tell upper and lower case apart
)
only_look=0
for option in "$@"; do
  case $option in
    --lint) packages+=(clang-format clang-tidy shellcheck) ;;
    --fuzz) packages+=(clang libclang-rt-dev lld) ;;
    --bench) packages+=(libbenchmark-dev python3 python3-pil time procps) ;;
    --monitoring) packages+=(prometheus prometheus-node-exporter) ;;
    --clusters)
      packages+=(slurmctld slurmd slurm-client munge rclone bindfs parallel python3-xxhash python3-yaml)
      command -v npm >/dev/null || packages+=(npm) # Node.js from elsewhere has its own, and conflicts with Debian's
      ;;
    --docs) packages+=(fontconfig fonts-dejavu-extra) ;;
    --machine) packages+=(mmdebstrap) ;;
    --missing) only_look=1 ;;
    *)
      echo "usage: scripts/setup.sh [--lint] [--bench] [--fuzz] [--docs] [--monitoring] [--clusters] [--machine] [--missing]" >&2
      exit 2
      ;;
  esac
done

if ! command -v dpkg-query >/dev/null; then
  echo "setup.sh: this is neither Debian nor Ubuntu; install what they call: ${packages[*]}" >&2
  exit 1
fi
installed=" $(dpkg-query -W -f '${Package}=${db:Status-Status} ' "${packages[@]}" 2>/dev/null || true)"
missing=()
for package in "${packages[@]}"; do
  [[ $installed == *" $package=installed "* ]] || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0
[[ $only_look == 0 ]] || exit 1

install=(apt-get install -y --no-install-recommends "${missing[@]}")
as_root=(env DEBIAN_FRONTEND=noninteractive)
if [[ $EUID -ne 0 ]]; then
  as_root=(sudo "${as_root[@]}")
  if ! command -v sudo >/dev/null || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
    echo "setup.sh: packages are missing and only root can install them; as root, run: ${install[*]}" >&2
    exit 1
  fi
fi
echo "setup.sh: installing ${missing[*]}"
"${as_root[@]}" apt-get update
"${as_root[@]}" "${install[@]}"

#!/usr/bin/env bash
# Installs the release version into an empty prefix and runs it from there, as users do: doctor, a job, its resume.
# Needs a picture of scripts/demo.sh, or makes them with it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -d build/release && -d build/demo/pictures ]]; then
  cmake --build --preset release --parallel "$(nproc)" # what is there may be old
else
  scripts/demo.sh
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix
cmake --install build/release --prefix "$prefix"
mv "$prefix" "$work/moved" # nothing may depend on where it was put
prefix=$work/moved
programs=("$prefix"/bin/wm-supervisor "$prefix"/libexec/wm-supervisor/wm-{worker,crash-analyzer})
scripts/hardening.sh "${programs[@]}"

cd "$work"
"$prefix/bin/wm-supervisor" doctor
mark=("$prefix/bin/wm-supervisor" --output "$work/marked" --text '(c) me' --gravity southeast -- "$OLDPWD/build/demo/pictures")
"${mark[@]}"
inputs=$(find "$OLDPWD/build/demo/pictures" -type f | wc -l)
outputs=$(find "$work/marked" -maxdepth 1 -type f | wc -l)
[[ $outputs -eq $inputs && $inputs -gt 0 ]] || { echo "check_install.sh: $outputs of $inputs pictures were marked" >&2; exit 1; }
again=$("${mark[@]}" 2>&1)
grep -q ": 0 marked, $inputs up to date" <<<"$again" || { echo "check_install.sh: the second run said: $again" >&2; exit 1; }
"$prefix/bin/wm-supervisor" crashes "$work/marked"
MANPATH=$prefix/share/man man --where wm-supervisor 2>/dev/null || [[ -s $prefix/share/man/man1/wm-supervisor.1 ]]
for file in bash-completion/completions/wm-supervisor zsh/site-functions/_wm-supervisor fish/vendor_completions.d/wm-supervisor.fish; do
  grep -q -e gravity "$prefix/share/$file" || { echo "check_install.sh: share/$file is missing or empty" >&2; exit 1; }
done
for file in rules.yml dashboard.json; do
  grep -q wm_supervisor_pictures_total "$prefix/share/doc/wm-supervisor/monitoring/wm-supervisor.$file" ||
    { echo "check_install.sh: the example wm-supervisor.$file is missing" >&2; exit 1; }
done
for file in kubernetes/job.yaml aws_batch/job-definition.json; do
  [[ -s $prefix/share/doc/wm-supervisor/$file ]] || { echo "check_install.sh: the example $file is missing" >&2; exit 1; }
done
for file in slurm/wm-shard.sbatch object_storage/wm-object-storage; do
  [[ -x $prefix/share/doc/wm-supervisor/$file ]] || { echo "check_install.sh: the script $file is missing" >&2; exit 1; }
done
"$prefix/bin/wm-supervisor" --version
echo "installed, moved and run: $inputs pictures"

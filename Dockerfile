# The image: one binary, the libraries that it links, certificates and the catalogue. No shell, no package manager, not root,
# nothing that must be writable but /var/lib/diensan.
#
#   docker build -t diensan .
#   docker run --rm --network host --read-only --cap-drop ALL --security-opt no-new-privileges diensan
#
# That is the sandbox: without callers the service answers whoever reaches it, so it serves loopback only, here the
# machine's. With a configuration it may listen on 0.0.0.0 of a network of its own (`[server]` tls or behind_proxy, and
# `[[caller]]`; the start is refused without):
#
#   docker run --rm --read-only --cap-drop ALL --security-opt no-new-privileges --user 65532:65532 \
#     -e DIENSAN_CONFIG=/etc/diensan/diensan.toml \
#     -v ./diensan.toml:/etc/diensan/diensan.toml:ro -v ./secrets:/run/secrets:ro -v diensan:/var/lib/diensan diensan
#
# Files of /run/secrets: mode 400 and of user 65532, or mode 440 and of root:65532. deploy/compose.yaml and deploy/k8s show
# the rest. Every line of this file is executed by tests/image; the image has 34.7 MiB (deploy/README.md).
ARG BUILDER=rust:1.95-slim-bookworm

FROM ${BUILDER} AS builder
WORKDIR /build
COPY . .
RUN cargo build --locked --profile dist
# Everything that the image holds, laid out as it will lie there: the libraries that the loader names, and nothing else.
# Names of machines come from /etc/hosts first, as compose and Kubernetes expect it.
RUN set -eu; umask 022; mkdir -p /image/usr/bin /image/usr/share/diensan /image/etc/ssl/certs /image/etc/diensan /image/run/secrets /state; \
    cp target/dist/diensan /image/usr/bin/; \
    ldd target/dist/diensan | grep -o '/[^ ]*' | while read -r library; do cp -L --parents "$library" /image; done; \
    cp -r LICENSE service-catalog schemas /image/usr/share/diensan/; \
    cp -L /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/; \
    echo 'hosts: files dns' >/image/etc/nsswitch.conf; \
    chmod 700 /state

FROM scratch
LABEL org.opencontainers.image.title="diensan" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=builder /image /
# Journal and counters. A new volume takes owner and mode from here.
COPY --from=builder --chown=65532:65532 /state /var/lib/diensan
# Paths of the catalogue are relative to here: the service starts without any configuration.
WORKDIR /usr/share/diensan
# By number, so that an orchestrator can tell that this is not root.
USER 65532:65532
# Logs go to standard error.
ENV DIENSAN_LOG_FORMAT=json
EXPOSE 8236
STOPSIGNAL SIGTERM
# Asks the door that DIENSAN_CONFIG names, the admin door where there is one.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["/usr/bin/diensan", "health"]
ENTRYPOINT ["/usr/bin/diensan"]
CMD ["serve"]

# The image: one binary, the libraries that it links, certificates and the catalogue. No shell, no package manager, not root.
#
#   docker build -t diensan .
#   docker run --rm --network host --read-only --cap-drop ALL --security-opt no-new-privileges diensan
#
# Why host networking: this version answers without knowing who asks, so it serves loopback only and refuses to start on
# any other address. Inside a network of its own the container's loopback is reachable by nobody, and a published port
# (-p 8236:8236) would lead nowhere. With --network host it is the machine's loopback that is served, and nothing else.
ARG BUILDER=rust:1.95-slim-bookworm

FROM ${BUILDER} AS builder
WORKDIR /build
COPY . .
RUN cargo build --locked --profile dist
# Everything that the image holds, laid out as it will lie there: the libraries that the loader names, and nothing else.
RUN set -eu; mkdir -p /image/usr/local/bin /image/diensan /image/etc/ssl/certs; \
    cp target/dist/diensan /image/usr/local/bin/; \
    ldd target/dist/diensan | grep -o '/[^ ]*' | while read -r library; do cp -L --parents "$library" /image; done; \
    cp -r LICENSE service-catalog schemas /image/diensan/; \
    cp -L /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/

FROM scratch
LABEL org.opencontainers.image.title="diensan" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=builder /image /
# Paths of the catalogue are relative to here: the service starts without any configuration.
WORKDIR /diensan
# By number, so that an orchestrator can tell that this is not root.
USER 65532:65532
# Logs go to standard error, nothing is written to disk: the root file system may be read-only.
ENV DIENSAN_LOG_FORMAT=json
EXPOSE 8236
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/diensan"]
CMD ["serve"]

# One image per service: docker build --target gateway|features|classification|palette|catalogue .
# Each has only the packages of its own extra (pyproject.toml).

FROM python:3.11-slim AS base
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ORT_DISABLE_TELEMETRY=1 \
    LIENZO_HOST=0.0.0.0 \
    LIENZO_MODELS=/models \
    LIENZO_CATALOGUES=/catalogues \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PIP_CONSTRAINT=/app/requirements.lock
WORKDIR /app
# The versions of all packages below.
COPY requirements.lock ./


# Our code as two wheels, the same for all services.
FROM base AS builder
RUN pip install -q "hatchling>=1.27" "setuptools>=77"
COPY LICENSE pyproject.toml ./
COPY protos/LICENSE protos/pyproject.toml protos/
# The build needs the README as the page for a registry; an image shows none.
RUN touch README.md

FROM builder AS wheels
COPY protos protos
COPY bundle bundle
COPY catalogue catalogue
COPY lienzo_application lienzo_application
COPY runtime runtime
COPY sources sources
COPY vision vision
COPY services services
RUN pip wheel -q --no-build-isolation --no-deps --wheel-dir /wheels ./protos .


# The same two wheels without our code, for their requirements only. With a fixed date they are the same
# byte for byte until the requirements change, so the layers below stay in the cache.
FROM builder AS requirements
RUN mkdir protos/python \
    && SOURCE_DATE_EPOCH=1600000000 pip wheel -q --no-build-isolation --no-deps --wheel-dir /wheels ./protos .


# The services' packages, in layers that do not depend on our code; services with the same packages share
# layers.
FROM base AS server-packages
RUN --mount=type=bind,from=requirements,source=/wheels,target=/wheels pip install -q /wheels/*.whl

FROM server-packages AS gateway-packages
# Sources that it can read pictures from: any of https, s3, gcs, azure, oci, separated by commas.
ARG SOURCES=https
RUN pip install -q "lienzo[gateway,${SOURCES}]"

FROM server-packages AS classification-packages
RUN pip install -q "lienzo[classification]"

FROM classification-packages AS features-packages
RUN pip install -q "lienzo[features]"

FROM server-packages AS vision-packages
RUN pip install -q "lienzo[vision]"

FROM vision-packages AS palette-packages
RUN pip install -q "lienzo[palette]"

FROM vision-packages AS catalogue-packages
RUN pip install -q "lienzo[catalogue,postgres,qdrant]"


# The images. Starting each once shows that nothing is missing, and stores the compiled standard library,
# which the base image lacks and a read-only container would compile at every start and every health check.
# They listen outside the container, so they need TLS or, on a network of their own, LIENZO_INSECURE=true;
# without either they report it and stop.
FROM gateway-packages AS gateway
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.gateway --help >/dev/null
USER 10001:10001
EXPOSE 50050 8080
HEALTHCHECK --interval=10s --timeout=20s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "services.probe", "gateway"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.gateway"]

FROM features-packages AS features
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.features --help >/dev/null
USER 10001:10001
EXPOSE 50051
HEALTHCHECK --interval=10s --timeout=20s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "services.probe", "features"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.features"]

FROM classification-packages AS classification
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.classification --help >/dev/null
USER 10001:10001
EXPOSE 50052
HEALTHCHECK --interval=10s --timeout=20s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "services.probe", "classification"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.classification"]

FROM palette-packages AS palette
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.palette --help >/dev/null
USER 10001:10001
EXPOSE 50053
HEALTHCHECK --interval=10s --timeout=20s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "services.probe", "palette"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.palette"]

FROM catalogue-packages AS catalogue
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install -q --no-deps --force-reinstall /wheels/*.whl
RUN PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.probe --help >/dev/null \
    && PYTHONDONTWRITEBYTECODE= python -m lienzo_application services.catalogue --help >/dev/null
USER 10001:10001
EXPOSE 50054
HEALTHCHECK --interval=10s --timeout=20s --start-period=30s --retries=3 \
    CMD ["python", "-m", "lienzo_application", "services.probe", "catalogue"]
ENTRYPOINT ["python", "-m", "lienzo_application", "services.catalogue"]

"""Request and answer as pydantic models."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)


class Citizen(Strict):
    id: str


class Question(Strict):
    service: str
    citizen: Citizen


class Service(BaseModel):
    code: str
    name: str
    successor: str | None = None


class Form(BaseModel):
    id: str


class Address(BaseModel):
    day_du: str | None = None
    tinh: str | None = None
    huyen: str | None = None
    xa: str | None = None
    chi_tiet: str | None = None
    quoc_gia: str | None = None


class Data(BaseModel):
    nguoi_de_nghi_ho_ten: str | None = None
    nguoi_de_nghi_gioi_tinh: str | None = None
    nguoi_de_nghi_ngay_sinh: str | None = None
    nguoi_de_nghi_quoc_tich: str | None = None
    nguoi_de_nghi_dan_toc: str | None = None
    nguoi_de_nghi_thuong_tru: Address | None = None
    nguoi_de_nghi_so_giay_to: str | None = None
    cha_ho_ten: str | None = None
    me_ho_ten: str | None = None
    vo_chong_ho_ten: str | None = None


class Unit(BaseModel):
    value: str
    label: str


class NewUnits(BaseModel):
    tinh: Unit
    xa: list[Unit]


class Field(BaseModel):
    path: str
    state: str
    reason: str | None = None
    source: str | None = None
    locked: bool | None = None
    value: str | None = None
    text: str | None = None
    new_units: NewUnits | None = None


class Lookup(BaseModel):
    person: str
    outcome: str
    cached: bool
    age_s: int


class Warning(BaseModel):
    code: str
    detail: str
    title: str


class Answer(BaseModel):
    request_id: str
    service: Service
    form: Form
    status: str
    data: Data
    fields: list[Field]
    lookups: list[Lookup]
    warnings: list[Warning]

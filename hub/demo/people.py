"""The people of the sample shop. None of them exists."""

from __future__ import annotations

from hub.demo.script import Order, SampleAgent, SampleCustomer, days

AGENTS = (
    SampleAgent("Sample Agent 1", "agent-1@sample-shop.example", "en", "gregorian"),
    SampleAgent("کارشناس نمونه ۲", "agent-2@sample-shop.example", "fa", "jalali"),
)

ADMIN = 2
"""The place of the one who signs in, behind the agents."""

CUSTOMERS = (
    SampleCustomer(
        1,
        "en",
        stage="returning",
        time_zone="Europe/Berlin",
        source={"page": "/lamps"},
        attributes={"Delivery": "parcel shop"},
        orders=(
            Order("S-1001", days(120), 4_900, "EUR", "delivered", (("Desk lamp", 1, 4_900),)),
            Order(
                "S-1032",
                days(9),
                8_700,
                "EUR",
                "shipped",
                (("Floor lamp, black", 1, 7_900), ("Spare bulb", 2, 400)),
            ),
        ),
        notes=("Prefers mail to the chat.",),
    ),
    SampleCustomer(
        2,
        "fa",
        stage="returning",
        time_zone="Asia/Tehran",
        source={"campaign": "نمونه: جشنواره پاییز"},
        attributes={"شهر": "اصفهان"},
        orders=(
            Order(
                "S-1007",
                days(80),
                18_500_000,
                "IRR",
                "delivered",
                (("چراغ مطالعه", 1, 18_500_000),),
            ),
            Order(
                "S-1041",
                days(4),
                32_400_000,
                "IRR",
                "paid",
                (("آباژور سفید", 1, 28_000_000), ("لامپ یدکی", 2, 2_200_000)),
            ),
        ),
        notes=("با تلفن بعد از ساعت ۱۶ در دسترس است.",),
    ),
    SampleCustomer(3, "en", source={"start": "instagram"}, time_zone="Europe/London"),
    SampleCustomer(
        4,
        "fa",
        stage="customer",
        time_zone="Asia/Tehran",
        orders=(
            Order("S-1038", days(6), 9_800_000, "IRR", "shipped", (("لیوان آبی", 4, 2_450_000),)),
        ),
    ),
    SampleCustomer(
        5,
        "en",
        stage="customer",
        time_zone="America/Toronto",
        attributes={"Company": "Sample Office Ltd"},
        orders=(Order("S-1029", days(12), 31_600, "CAD", "delivered", (("Desk lamp", 4, 7_900),)),),
        notes=("Buys for an office; asks for invoices with the order number.",),
    ),
    SampleCustomer(6, "fa", source={"page": "/fa/mugs"}, time_zone="Asia/Tehran"),
    SampleCustomer(7, "en", stage="new"),
    SampleCustomer(
        8,
        "fa",
        stage="returning",
        time_zone="Asia/Tehran",
        orders=(
            Order("S-1012", days(60), 5_600_000, "IRR", "delivered", (("گلدان", 1, 5_600_000),)),
            Order("S-1019", days(31), 7_400_000, "IRR", "delivered", (("سینی", 2, 3_700_000),)),
        ),
    ),
    SampleCustomer(9, "en", stage="lead", source={"page": "/gift-cards"}),
    SampleCustomer(10, "fa", stage="new"),
    SampleCustomer(
        11,
        "en",
        stage="customer",
        orders=(Order("S-1035", days(7), 2_600, "EUR", "delivered", (("Blue mug", 2, 1_300),)),),
    ),
    SampleCustomer(12, "fa", stage="lead", time_zone="Asia/Kabul"),
    SampleCustomer(
        13,
        "en",
        stage="customer",
        orders=(Order("S-1003", days(110), 4_900, "EUR", "delivered", (("Desk lamp", 1, 4_900),)),),
    ),
)

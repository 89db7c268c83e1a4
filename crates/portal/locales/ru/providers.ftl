# The providers of the service and their contacts.
providers-title = Услугодатели
providers-text = Эту государственную услугу оказывают управления образования столицы и городов республиканского значения, отделы образования районов и городов областного значения. Запрос подаётся через портал: приходить не нужно.
providers-address = Адрес
providers-phone = Телефон
providers-email = Электронная почта
providers-hours = Часы приёма
providers-head = Руководитель
providers-codes = БИН, код КАТО
providers-former = Прежние органы
providers-former-until = { $name } (до { $day })
